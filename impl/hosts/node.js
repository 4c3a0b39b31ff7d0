#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// A host (harness/host/PROTOCOL.md) for child_process of Node.js.
//
// A lane is a thread: the first one, or a worker; each has one event loop, which turns by itself
// and which all ctxs of the lane share. Requests are taken in by a worker of their own, which waits
// for nothing else, and go to lanes as messages. A lane that is paused does not return to its loop:
// it sleeps on a number in shared memory, and takes its messages one by one.
//
// What Node.js says of a child is the event 'exit' of its ChildProcess. It is told as it is.
'use strict';
const { spawn, spawnSync } = require('child_process');
const fs = require('fs');
const net = require('net');
const os = require('os');
const worker = require('worker_threads');

const TOGETHER_MS = 5000;
const CHILD_ORDERS = 3; // the fd under which a child finds its orders
const DEFAULT = 0, IGNORED = 1, LIBRARY = 2, APPLICATION = 3;
const SIGCHLD = os.constants.signals.SIGCHLD;

const runner = Number(process.env.REAPCHECK_SOCKET);

function say(line) {
  let left = Buffer.from(line + '\n', 'latin1');
  while (left.length > 0) left = left.subarray(fs.writeSync(runner, left));
}

const LATER = Symbol('it is answered elsewhere');

// The language, or the library, has no such thing.
class Cannot extends Error {}
// The call failed: the name of an errno, and perhaps a text.
class Failed extends Error {}

const NEVER = {
  owner: 'Node.js has no modes',
  watch: 'Node.js watches only what it has started',
  forget: 'Node.js has no call that drops a child',
  foreign: 'Node.js has no other way to start a child than the one that is judged',
  waitpid: 'Node.js has no waitpid',
  'tell-reaped': 'Node.js is not told of children',
  'tell-sigchld': 'Node.js is not told of signals',
  action: 'Node.js sets no dispositions, it listens',
  mask: 'Node.js has no signal masks',
  raise: 'Node.js sends signals to processes only',
  popen: 'Node.js has no popen',
  'popen-open': 'Node.js has no popen',
  forked: 'Node.js has no fork',
  postfork: 'Node.js has no fork',
  carefd: 'Node.js opens no such fds',
  file: 'Node.js cannot make a memfd',
  shut: 'Node.js cannot make a memfd',
};

// A number of /proc that is a set of signals, in hexadecimal.
function signalSet(file, name) {
  const line = fs.readFileSync(file, 'latin1').split('\n').find((one) => one.startsWith(name + ':'));
  return BigInt('0x' + line.split(/\s+/)[1]);
}

function has(set, signal) {
  return (set >> BigInt(signal - 1)) & 1n;
}

// ---- a lane ----

class Lane {
  // shared: [0] messages sent to it, [1] it is paused
  constructor(name, port, shared) {
    this.name = name;
    this.port = port;
    this.shared = shared;
    this.ctxs = new Map();
    this.children = new Map();
    this.kept = new Map();
    this.heard = 0;
    this.paused = false;
    this.ended = false;
    this.queue = Promise.resolve();
    port.on('message', (request) => this.take(request));
    // A loop opens a spare file with its first stream and keeps it for life. That of a lane lives as
    // long as the lane, not as its ctxs, so it is there before the first of them.
    net.connect('/').on('error', () => {});
  }

  // One after the other, whatever they wait for.
  take(request) {
    this.queue = this.queue.then(() => this.perform(request)).then(() => this.sleep());
  }

  // While it is paused, the loop is not returned to.
  sleep() {
    while (this.paused && !this.ended) {
      const seen = Atomics.load(this.shared, 0);
      const message = worker.receiveMessageOnPort(this.port);
      if (message === undefined) {
        Atomics.wait(this.shared, 0, seen);
        continue;
      }
      this.performNow(message.message);
    }
  }

  answer(request, text) {
    say(`${request.kept ? 'event when ' : ''}${request.number} ${text}`);
  }

  answerFailure(request, why) {
    if (why instanceof Cannot) this.answer(request, `cannot ${why.message}`);
    else if (why instanceof Failed) this.answer(request, `error ${why.message}`);
    else this.answer(request, `error ${why.code || 'EIO'} ${why.message.split('\n')[0]}`);
  }

  find(request) {
    const [verb, ...words] = request.words;
    const act = this['do_' + (verb || '').replace('-', '_')];
    if (act === undefined) throw new Cannot(NEVER[verb] || `unknown request ${verb}`);
    if (request.barrier) this.meet(request.barrier);
    return [act, words];
  }

  async perform(request) {
    try {
      const [act, words] = this.find(request);
      const answer = await act.call(this, request, ...words);
      if (answer !== LATER) this.answer(request, answer);
    } catch (why) {
      this.answerFailure(request, why);
    }
  }

  performNow(request) {
    try {
      const [act, words] = this.find(request);
      const answer = act.call(this, request, ...words);
      if (answer instanceof Promise) throw new Error('it wants the loop, and that is paused');
      this.answer(request, answer);
    } catch (why) {
      this.answerFailure(request, why);
    }
  }

  // Waits until all that are to start together are here.
  meet(barrier) {
    const left = new Int32Array(barrier);
    if (Atomics.sub(left, 0, 1) === 1) Atomics.notify(left, 0);
    for (let now = Atomics.load(left, 0); now > 0; now = Atomics.load(left, 0))
      if (Atomics.wait(left, 0, now, TOGETHER_MS) === 'timed-out') return;
  }

  ctx(name) {
    if (!this.ctxs.has(name)) throw new Cannot('a ctx is used by the thread whose loop it is on');
    return this.ctxs.get(name);
  }

  child(name) {
    if (!this.children.has(name)) throw new Failed(`ENOENT no child ${name}`);
    return this.children.get(name);
  }

  // -- ctxs --

  do_open(request, name, index, ...options) {
    for (const option of options) {
      if (option.startsWith('owner=') && option !== 'owner=selective')
        throw new Cannot('Node.js knows one way only: selective');
      if (!option.startsWith('owner=')) throw new Cannot(`Node.js knows no ${option}`);
    }
    this.ctxs.set(name, { name });
    return 'ok';
  }

  do_close(request, name) {
    this.ctx(name).closed = true;
    this.ctxs.delete(name);
    return 'ok';
  }

  do_pause(request, name) {
    this.ctx(name);
    if (this.ctxs.size > 1) throw new Cannot('a thread has one loop, and ctxs of one thread share it');
    this.paused = true;
    return 'ok';
  }

  do_resume(request, name) {
    this.ctx(name);
    this.paused = false;
    return 'ok';
  }

  // The loop turns by itself: answered when it has come round and nothing was reported meanwhile.
  do_turn() {
    if (this.paused) return 'ok';
    return this.rounds();
  }

  async rounds() {
    let before;
    do {
      before = this.heard;
      for (let i = 0; i < 3; i++) await new Promise((done) => setImmediate(done));
    } while (before !== this.heard);
    return 'ok';
  }

  // -- children --

  do_spawn(request, ctxName, name, ending) {
    const ctx = this.ctx(ctxName);
    const child = spawn(process.env.REAPCHECK_CHILD, [String(CHILD_ORDERS)],
      { stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
    if (child.pid === undefined)
      return new Promise((resolve, reject) => child.once('error', reject));
    const orders = child.stdio[CHILD_ORDERS];
    orders.on('error', () => {}); // it has ended
    child.once('exit', (code, signal) => this.report(ctx, name, child, code, signal));
    this.children.set(name, child);
    if (ending) orders.write(ending.replace('=', ' ') + '\n');
    return `ok pid=${child.pid}`;
  }

  // The callback: what was kept for it is done here.
  report(ctx, name, child, code, signal) {
    const status = code !== null ? code << 8 : os.constants.signals[signal];
    this.heard++;
    child.stdio[CHILD_ORDERS].destroy();
    if (ctx.closed) return;
    for (const request of this.kept.get(name) || []) this.performNow(request);
    this.kept.delete(name);
    say(`event report ctx=${ctx.name} pid=${child.pid} status=${status}`);
    this.sleep();
  }

  do_fork(...words) { // for scripts that do not care how a child is started
    return this.do_spawn(...words);
  }

  do_order(request, name, ...words) {
    const orders = this.child(name).stdio[CHILD_ORDERS];
    if (orders.destroyed) throw new Failed(`EPIPE ${name} has ended`);
    orders.write(words.join(' ') + '\n');
    return 'ok';
  }

  do_signal(request, ctxName, name, number) {
    this.ctx(ctxName);
    if (!this.child(name).kill(Number(number))) throw new Failed('ESRCH');
    return 'ok';
  }

  do_when(request, name, ...words) {
    if (!this.kept.has(name)) this.kept.set(name, []);
    this.kept.get(name).push({ number: request.number, words, kept: true });
    return 'ok';
  }

  // -- the application --

  do_system() {
    const { status, signal } = spawnSync('/bin/sh', ['-c', 'exit 7']);
    return `ok status=${status !== null ? status << 8 : os.constants.signals[signal]}`;
  }

  do_blocked() {
    return `ok blocked=${signalSet('/proc/thread-self/status', 'SigBlk')}`;
  }

  do_unlane(request) {
    if (this.ctxs.size > 0) throw new Cannot('a loop stays in the thread that runs it');
    this.ended = true;
    process.once('exit', () => this.answer(request, 'ok'));
    this.port.close(); // with nothing left to wait for, the thread ends
    return LATER;
  }
}

// ---- the reader: a worker that waits for lines, and hands them on ----

class Reader {
  constructor(ports) {
    this.lanes = new Map(Object.entries(ports));
    this.childs = new Map(); // on which lane each was started
    this.together = null;
  }

  send(lane, request) {
    const { port, shared } = this.lanes.get(lane);
    port.postMessage(request);
    Atomics.add(shared, 0, 1);
    Atomics.notify(shared, 0);
  }

  makeLane(number, name) {
    const { port1, port2 } = new worker.MessageChannel();
    const shared = new Int32Array(new SharedArrayBuffer(8));
    this.lanes.set(name, { port: port1, shared });
    new worker.Worker(__filename,
      { workerData: { kind: 'lane', name, number, port: port2, shared }, transferList: [port2] });
  }

  // Those that wait for no lane.
  perform(number, verb, words) {
    if (verb === 'lane') {
      this.makeLane(number, words[0]);
    } else if (verb === 'order') {
      if (this.childs.has(words[0]))
        this.send(this.childs.get(words[0]), { number, words: [verb, ...words] });
      else say(`${number} error ENOENT no child ${words[0]}`);
    } else if (verb === 'disposition') {
      const disposition = has(signalSet('/proc/self/status', 'SigIgn'), SIGCHLD) ? IGNORED
        : has(signalSet('/proc/self/status', 'SigCgt'), SIGCHLD) ? LIBRARY : DEFAULT;
      say(`${number} ok disposition=${disposition} flags=0 mask=0`);
    } else if (verb === 'together') {
      this.together = new SharedArrayBuffer(4);
      new Int32Array(this.together)[0] = Number(words[0]);
      say(`${number} ok`);
    } else if (verb === 'quit') {
      say(`${number} ok`);
      process.kill(process.pid, 'SIGKILL');
    } else {
      say(`${number} cannot unknown request ${verb}`);
    }
  }

  take(line) {
    let [number, lane, ...words] = line.split(' ').filter((word) => word !== '');
    let barrier = null;
    if (lane === undefined) return say(`${Number(number) || 0} error EINVAL a request names a lane`);
    if (lane === '-') return this.perform(number, words[0], words.slice(1));
    if (words[0] === '+') {
      words = words.slice(1);
      barrier = this.together;
    }
    if (!this.lanes.has(lane)) return say(`${number} error ENOENT no lane ${lane}`);
    if ((words[0] === 'spawn' || words[0] === 'fork') && words.length > 2) this.childs.set(words[2], lane);
    return this.send(lane, { number, words, barrier });
  }

  read() {
    const chunk = Buffer.alloc(4096);
    let text = '';
    for (;;) {
      const length = fs.readSync(runner, chunk, 0, chunk.length, null);
      if (length === 0) process.kill(process.pid, 'SIGKILL'); // the runner is gone
      text += chunk.toString('latin1', 0, length);
      const lines = text.split('\n');
      text = lines.pop();
      for (const line of lines) this.take(line);
    }
  }
}

function startMain() {
  const { port1, port2 } = new worker.MessageChannel();
  const shared = new Int32Array(new SharedArrayBuffer(8));
  new worker.Worker(__filename,
    { workerData: { kind: 'reader', ports: { main: { port: port1, shared } } }, transferList: [port1] });
  new Lane('main', port2, shared);
  say(`hello protocol=1 pid=${process.pid} name=node version=${process.versions.node} owners=8 ` +
    'features=0 offers=spawn,kill probe=0');
  say('ready');
}

if (worker.isMainThread) {
  if (!process.env.REAPCHECK_SOCKET) {
    console.error('This program is started by reapcheck, and talks to it on the socket that ' +
      'REAPCHECK_SOCKET names.');
    process.exit(2);
  }
  startMain();
} else if (worker.workerData.kind === 'reader') {
  new Reader(worker.workerData.ports).read();
} else {
  const { name, number, port, shared } = worker.workerData;
  new Lane(name, port, shared);
  say(`${number} ok tid=${fs.readlinkSync('/proc/thread-self').split('/').pop()}`);
}
