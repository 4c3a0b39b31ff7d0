#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A host (harness/host/PROTOCOL.md) for asyncio of CPython's library, one for each child watcher.

It is installed under several names: the part behind the hyphen of its own name says which watcher
it judges (asyncio-threaded, asyncio-pidfd, asyncio-safe, asyncio-fast).

A lane is a thread, and a thread has one event loop, as the documentation has it: an asyncio.Runner
that is there while ctxs are open on the lane, and that they share. Requests are done inside the
loop, by one task, in order. While the loop is paused, or there is none, the thread does them
without a loop.

The watchers but the threaded one live in the loop of the main thread ("This implementation uses
active event loop from the main thread"), so that one runs as long as a ctx is open anywhere.

What asyncio says of a child is what Process.wait returns. It is told as it is: where asyncio makes
up a status, so does this host.
"""
import asyncio
import ctypes
import errno
import fcntl
import os
import platform
import queue
import signal
import socket
import subprocess
import sys
import threading
import traceback

FIRST_FD = 500  # the harness's own fds; what is below belongs to asyncio and the application
TURNS = 12  # turns of the loop in which a child's end gets from the watcher to who awaits it
TOGETHER_S = 5
MAIN_S = 5

KIND = os.path.basename(sys.argv[0]).rpartition("-")[2]
WATCHERS = {
    "threaded": ("ThreadedChildWatcher", "selective"),
    "pidfd": ("PidfdChildWatcher", "selective"),
    "safe": ("SafeChildWatcher", "selective"),
    "fast": ("FastChildWatcher", "always"),  # it waits for any child of the process
}
OWNER_BITS = {"always": 4, "selective": 8}
IN_MAIN = KIND != "threaded"  # the watcher lives in the loop of the main thread
PLACE = "asyncio-policy.html, Process Watchers: the watcher uses the running loop of the main thread"

DEFAULT, IGNORED, LIBRARY, APPLICATION = range(4)


class Cannot(Exception):
    """The language, or asyncio, has no such thing."""


class Failed(Exception):
    """The call failed: the name of an errno, and a text."""


# -- lines --

out = None  # the socket
out_lock = threading.Lock()


def say(line):
    with out_lock:
        try:
            out.sendall(line.encode("ascii", "replace") + b"\n")
        except OSError:
            os._exit(0)  # the runner is gone


def raised(fd):
    """The fd under a number of the harness's."""
    high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_FD)
    os.close(fd)
    return high


# -- what there is --

class Child:
    def __init__(self, name, pid, orders):
        self.name, self.pid, self.orders = name, pid, orders
        self.process = None  # asyncio's, where asyncio started it


class Ctx:
    def __init__(self, name, lane):
        self.name, self.lane = name, lane
        self.tasks = {}  # pid: the task that awaits the child


class Request:
    def __init__(self, number, words, barrier=None):
        self.number, self.words, self.barrier = number, words, barrier
        self.kept = False

    def answer(self, text):
        say(f"{'event when ' if self.kept else ''}{self.number} {text}")


lanes, ctxs, children, kept = {}, {}, {}, {}
lock = threading.Lock()  # of these tables


def find(table, name, what):
    if name not in table:
        raise Failed("ENOENT", f"no {what} {name}")
    return table[name]


def new_orders(ending):
    """Our end and the child's of a socket, on which it may find its order already."""
    ours, theirs = (raised(end.detach()) for end in socket.socketpair())
    if ending.startswith("exit="):
        os.write(ours, f"exit {ending[5:]}\n".encode())
    elif ending.startswith("signal="):
        os.write(ours, f"signal {ending[7:]}\n".encode())
    return ours, theirs


def program(fd):
    """The program that awaits orders, on this fd."""
    return [os.environ["REAPCHECK_CHILD"], str(fd)]


def wait_status(returncode):
    return returncode << 8 if returncode >= 0 else -returncode


# -- lanes --

class Lane:
    def __init__(self, name):
        self.name = name
        self.inbox = queue.SimpleQueue()
        self.ctxs = set()
        self.wanted = False  # main: its loop is wanted, whether it has a ctx or not
        self.paused = False
        self.bell = None  # while there is a loop
        self.loop = None
        self.heard = self.in_callbacks = 0
        self.last = None  # what is left to do when the loop has been left
        self.ended = False

    def post(self, request):
        self.inbox.put(request)
        loop = self.loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self.ring)
            except RuntimeError:
                pass  # it is being closed; the thread looks into its inbox next

    def ring(self):
        if self.bell is not None:
            self.bell.set()

    def needs_loop(self):
        return bool(self.ctxs) or self.wanted or self.in_callbacks > 0

    def serve(self):
        """The whole life of the thread."""
        while not self.ended:
            if self.needs_loop():
                self.serve_with_loop()
            else:
                self.do_alone(self.inbox.get())

    def serve_with_loop(self):
        if IN_MAIN and self.name == "main":
            asyncio.set_child_watcher(getattr(asyncio, WATCHERS[KIND][0])())
        with asyncio.Runner() as runner:
            self.loop = runner.get_loop()
            while self.needs_loop() and not self.ended:
                runner.run(self.consume())
                self.finish_last()
                while self.paused and self.needs_loop():
                    self.do_alone(self.inbox.get())
            self.loop = None
        if IN_MAIN and self.name == "main":
            asyncio.get_child_watcher().close()
        self.finish_last()

    def finish_last(self):
        # What ends the loop is answered when it has been left for good.
        if self.last and (self.paused or self.ended or self.loop is None):
            last, self.last = self.last, None
            last()

    async def consume(self):
        self.bell = asyncio.Event()
        if self.last:
            last, self.last = self.last, None
            last()
        while self.needs_loop() and not self.paused and not self.ended:
            self.bell.clear()
            try:
                request = self.inbox.get_nowait()
            except queue.Empty:
                await self.bell.wait()
                continue
            await self.do(request)

    def do_alone(self, request):
        try:
            self.do(request).send(None)
        except StopIteration:
            return
        raise AssertionError("a request wants a loop, and there is none that runs")

    async def do(self, request):
        if callable(request):
            return request()
        if request.barrier is not None:
            try:
                request.barrier.wait(TOGETHER_S)
            except threading.BrokenBarrierError:
                pass
        verb, *words = request.words
        act = getattr(self, "do_" + verb.replace("-", "_"), None)
        try:
            if act is None:
                raise Cannot(NEVER.get(verb, f"unknown request {verb}"))
            answer = await act(request, *words)
        except Cannot as why:
            answer = f"cannot {why}"
        except Failed as why:
            answer = "error " + " ".join(why.args)
        except ProcessLookupError:  # asyncio gives it without a number
            answer = "error ESRCH"
        except OSError as why:
            answer = f"error {errno.errorcode.get(why.errno, 'EIO')} {why.strerror}"
        except TypeError as why:  # too few words, or too many
            answer = f"error EINVAL {why}"
        except (ValueError, RuntimeError, AssertionError) as why:
            traceback.print_exc()
            answer = f"error EIO {type(why).__name__}: {why}"
        if answer is not LATER:
            request.answer(answer)

    # -- ctxs --

    async def do_open(self, request, name, index, *options):
        owner = WATCHERS[KIND][1]
        for option in options:
            if option.startswith("owner=") and option[6:] != owner:
                raise Cannot(f"this watcher knows one way only: {owner}")
            if not option.startswith("owner="):
                raise Cannot(f"asyncio knows no {option}")
        if IN_MAIN:
            want_main_loop(self)
        ctx = Ctx(name, self)
        with lock:
            ctxs[name] = ctx
        self.ctxs.add(ctx)
        if self.loop is not None:
            return "ok"
        self.last = lambda: request.answer("ok")  # as soon as the loop runs
        return LATER

    async def do_close(self, request, name):
        ctx = find(ctxs, name, "ctx")
        lane = ctx.lane
        if lane is not self:
            raise Cannot("a loop is closed by the thread that it runs in")
        with lock:
            del ctxs[name]
        for task in ctx.tasks.values():
            if task is not current_task():
                task.cancel()
        self.ctxs.discard(ctx)
        if self.needs_loop() and not (IN_MAIN and self is main and not ctxs):
            if IN_MAIN and not ctxs:
                release_main_loop(self)
            return "ok"
        if IN_MAIN and self is main:
            self.wanted = False
        self.last = lambda: (IN_MAIN and release_main_loop(self), request.answer("ok"))
        return LATER

    async def do_pause(self, request, name):
        ctx = find(ctxs, name, "ctx")
        if len(ctx.lane.ctxs) > 1 or ctx.lane is not self:
            raise Cannot("a thread has one loop, and ctxs of one thread share it")
        if IN_MAIN and self is main and any(other.lane is not main for other in ctxs.values()):
            raise Cannot(PLACE)
        if self.paused:
            return "ok"
        self.paused = True
        self.last = lambda: request.answer("ok")
        return LATER

    async def do_resume(self, request, name):
        find(ctxs, name, "ctx")
        self.paused = False
        return "ok"

    async def do_turn(self, request):
        if self.loop is None or self.paused:
            return "ok"
        before = None
        while before != self.heard:
            before = self.heard
            for _ in range(TURNS):
                await asyncio.sleep(0)
        return "ok"

    # -- children --

    async def do_spawn(self, request, ctx_name, name, ending=""):
        ctx = find(ctxs, ctx_name, "ctx")
        if ctx.lane is not self:
            raise Cannot("a child is started in the loop that watches it, by its own thread")
        if self.paused:
            raise Cannot("create_subprocess_exec wants a loop that runs, and this one is paused")
        ours, theirs = new_orders(ending)
        try:
            process = await asyncio.create_subprocess_exec(*program(theirs), pass_fds=(theirs,))
        except RuntimeError as why:
            os.close(ours)
            if "is not activated" in str(why):
                raise Cannot(f"the main thread's loop does not run; {PLACE}") from why
            raise
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        child = Child(name, process.pid, ours)
        child.process = process
        with lock:
            children[name] = child
        ctx.tasks[child.pid] = asyncio.create_task(self.await_child(ctx, child))
        return f"ok pid={child.pid}"

    async def await_child(self, ctx, child):
        await self.report(ctx, child, await child.process.wait())

    async def report(self, ctx, child, returncode):
        """The callback of the child: what was kept for it is done here."""
        self.heard += 1
        self.in_callbacks += 1
        for request in kept.pop(child.name, []):
            request.kept = True
            await self.do(request)
        ctx.tasks.pop(child.pid, None)
        drop_orders(child)
        line = f"event report ctx={ctx.name} pid={child.pid} status={wait_status(returncode)}"
        if self.last is None:
            say(line)
        else:  # the callback has closed the last ctx: who hears of it may rely on that
            close = self.last
            self.last = lambda: (close(), say(line))
        self.in_callbacks -= 1
        self.ring()

    async def do_watch(self, request, ctx_name, name):
        ctx, child = find(ctxs, ctx_name, "ctx"), find(children, name, "child")
        loop = self.loop
        if ctx.lane is not self or loop is None or self.paused:
            raise Cannot("a child is adopted in a loop that runs, by its own thread")

        def ended(pid, returncode):  # "The callback callable must be thread-safe."
            loop.call_soon_threadsafe(begin, returncode)

        def begin(returncode):
            if ctxs.get(ctx.name) is ctx:
                ctx.tasks[child.pid] = loop.create_task(self.report(ctx, child, returncode))

        with asyncio.get_child_watcher() as watcher:
            if not watcher.is_active():
                raise Cannot(f"the main thread's loop does not run; {PLACE}")
            watcher.add_child_handler(child.pid, ended)
        return "ok"

    async def do_forget(self, request, ctx_name, name):
        find(ctxs, ctx_name, "ctx")
        child = find(children, name, "child")
        if child.process is not None:
            raise Cannot("asyncio has no call that drops a Process")
        if not asyncio.get_child_watcher().remove_child_handler(child.pid):
            raise Failed("ESRCH", "there was nothing to remove")
        return "ok"

    async def do_signal(self, request, ctx_name, name, number):
        find(ctxs, ctx_name, "ctx")
        child = find(children, name, "child")
        if child.process is None:
            raise Cannot("asyncio sends signals to what it has started")
        child.process.send_signal(int(number))
        return "ok"

    do_fork = do_spawn  # for scripts that do not care how a child is started

    async def do_when(self, request, name, *words):
        kept.setdefault(name, []).append(Request(request.number, words))
        return "ok"

    # -- the application --

    async def do_foreign(self, request, name, ending=""):
        ours, theirs = new_orders(ending)
        try:
            pid = os.posix_spawn(program(499)[0], program(499)[:1], os.environ,
                                 file_actions=[(os.POSIX_SPAWN_DUP2, theirs, 499)])
        finally:
            os.close(theirs)
        with lock:
            children[name] = Child(name, pid, ours)
        return f"ok pid={pid}"

    async def do_waitpid(self, request, name, options):
        child = None if name == "any" else find(children, name, "child")
        if KIND == "threaded" and any(ctx.tasks for ctx in ctxs.values()) and (
                child is None or child.process is not None):
            raise Cannot("a thread of asyncio's waits for each child, and nobody is there before it")
        pid = child.pid if child else -1
        found, status = os.waitpid(pid, int(options))
        return f"ok pid={found} status={status}"

    async def do_action(self, request, number, word):
        number = int(number)
        if self is not main:
            raise Cannot("Python sets a disposition in its main thread only")
        if word == "return":
            signal.signal(number, borrowed.pop(number))
        elif word in ACTIONS:
            before = signal.signal(number, ACTIONS[word])
            if word == "borrow":
                borrowed[number] = before
        else:
            raise Cannot(f"Python has no way to {word}")
        disposition, flags, _ = disposition_of(number)
        return f"ok disposition={disposition} flags={flags}"

    async def do_mask(self, request, number, word):
        how = {"block": signal.SIG_BLOCK, "unblock": signal.SIG_UNBLOCK}[word]
        signal.pthread_sigmask(how, {int(number)})
        return "ok"

    async def do_blocked(self, request):
        blocked = sum(1 << (number - 1) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return f"ok blocked={blocked}"

    async def do_raise(self, request, number, times):
        for _ in range(int(times)):
            signal.pthread_kill(threading.get_ident(), int(number))
        return "ok"

    async def do_system(self, request):
        return f"ok status={os.system('exit 7')}"

    async def do_popen(self, request):
        return f"ok status={os.popen('exit 7').close() or 0}"

    async def do_popen_open(self, request):
        self.shell = os.popen("echo $$; exit 7")
        pid = int(self.shell.readline())
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return f"ok pid={pid}"

    async def do_popen_close(self, request):
        return f"ok status={self.shell.close() or 0}"

    async def do_file(self, request, name):
        files[name] = os.memfd_create(name)
        return f"ok fd={files[name]}"

    async def do_shut(self, request, name):
        os.close(files.pop(name))
        return "ok"

    async def do_unlane(self, request):
        if self.ctxs:
            raise Cannot("a loop stays in the thread that runs it")
        self.ended = True
        with lock:
            del lanes[self.name]
        threading.Thread(target=self.await_end, args=(request,), daemon=True).start()
        return LATER

    def await_end(self, request):
        self.thread.join()
        request.answer("ok")


LATER = object()  # it is answered elsewhere
NEVER = {
    "owner": "asyncio has no modes",
    "tell-reaped": "asyncio is not told of children",
    "tell-sigchld": "asyncio is not told of signals",
    "forked": "a copy of a process with a running loop cannot go on with asyncio",
    "postfork": "asyncio has no such call",
    "carefd": "asyncio opens no files",
}
files, borrowed = {}, {}


def current_task():
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def drop_orders(child):
    with lock:
        fd, child.orders = child.orders, -1
    if fd >= 0:
        os.close(fd)


# -- the loop of the main thread, for watchers that live there --

def in_main(asker, call):
    """Has main do it, and waits until it has."""
    done = threading.Event()
    if asker is main:
        return call()
    main.post(lambda: (call(), done.set()))
    if not done.wait(MAIN_S):
        raise Cannot(f"the main thread is busy; {PLACE}")
    return None


def want_main_loop(asker):
    def want():
        main.wanted = True

    in_main(asker, want)
    in_main(asker, lambda: None)  # done in the loop: it runs


def release_main_loop(asker):
    def release():
        if not ctxs:
            main.wanted = False

    in_main(asker, release)
    in_main(asker, lambda: None)  # done when the loop has been left


# -- signals --

def handled(number, frame):
    pass


ACTIONS = {"default": signal.SIG_DFL, "ignore": signal.SIG_IGN, "handle": handled, "borrow": handled}


class Sigaction(ctypes.Structure):
    """struct sigaction of glibc."""
    _fields_ = [("handler", ctypes.c_void_p), ("mask", ctypes.c_uint64 * 16),
                ("flags", ctypes.c_int), ("restorer", ctypes.c_void_p)]


libc = ctypes.CDLL(None)
SA_RESTORER = 0x04000000


def disposition_of(number):
    """What it is by the kernel, whose it is by Python: disposition, flags, mask."""
    now = Sigaction()
    libc.sigaction(number, None, ctypes.byref(now))
    if now.handler is None:
        disposition = DEFAULT
    elif now.handler == 1:
        disposition = IGNORED
    else:
        disposition = APPLICATION if signal.getsignal(number) is handled else LIBRARY
    return disposition, now.flags & ~SA_RESTORER, now.mask[0]


# -- the host itself: requests that wait for no lane --

class Host:
    def __init__(self):
        self.barrier, self.left = None, 0

    def do(self, number, verb, *words):
        request = Request(number, (verb, *words))
        if verb == "lane":
            lane = Lane(words[0])
            lane.thread = threading.Thread(target=self.live, args=(lane, request), name=lane.name,
                                           daemon=True)
            with lock:
                lanes[lane.name] = lane
            lane.thread.start()
        elif verb == "order":
            request.answer(self.order(*words))
        elif verb == "disposition":
            disposition, flags, mask = disposition_of(signal.SIGCHLD)
            request.answer(f"ok disposition={disposition} flags={flags} mask={mask}")
        elif verb == "together":
            self.left = int(words[0])
            self.barrier = threading.Barrier(self.left) if self.left else None
            request.answer("ok")
        elif verb == "quit":
            request.answer("ok")
            os._exit(0)
        else:
            request.answer(f"cannot unknown request {verb}")

    def live(self, lane, request):
        request.answer(f"ok tid={threading.get_native_id()}")
        lane.serve()

    def order(self, name, *words):
        with lock:
            child = children.get(name)
            if child is None:
                return f"error ENOENT no child {name}"
            if child.orders < 0:
                return f"error EPIPE {name} has ended"
            try:
                socket.socket(fileno=os.dup(child.orders)).send(
                    (" ".join(words) + "\n").encode(), socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
            except OSError as why:
                return f"error {errno.errorcode[why.errno]} {why.strerror}"
        return "ok"

    def take(self, line):
        number, place, *words = line.split()
        if place == "-":
            self.do(number, *words)
            return
        barrier = None
        if words and words[0] == "+":
            words.pop(0)
            barrier = self.barrier
        if place not in lanes:
            say(f"{number} error ENOENT no lane {place}")
        elif not words:
            say(f"{number} error EINVAL a request has a verb")
        else:
            lanes[place].post(Request(number, words, barrier))

    def read(self):
        with out.makefile("r", encoding="ascii", errors="replace", newline="\n") as lines:
            for line in lines:
                try:
                    self.take(line)
                except (ValueError, TypeError, IndexError) as why:
                    say(f"{line.split()[0] if line.split() else 0} error EINVAL {why}")
        os._exit(0)  # the runner is gone


def inherit():
    """Takes over what the runner has given: its socket; no other program gets that."""
    for name in ("REAPCHECK_SOCKET", "REAPCHECK_LOG", "REAPCHECK_CONTROL", "REAPCHECK_NOTIFY",
                 "REAPCHECK_BIRTHS"):
        if name in os.environ:
            os.set_inheritable(int(os.environ[name]), False)
    if os.environ.pop("REAPCHECK_IGNORE", "") == "SIGCHLD":
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Whatever Python sets has SA_ONSTACK, SIG_DFL too. So has what is to be found again.
    signal.signal(signal.SIGCHLD, signal.getsignal(signal.SIGCHLD))
    return socket.socket(fileno=int(os.environ.pop("REAPCHECK_SOCKET")))


def complain_briefly(unraisable):
    """Python tells of each signal that its wakeup fd has no room for; one line of it will do."""
    print(unraisable.exc_value, file=sys.stderr)


main = Lane("main")
lanes["main"] = main

if __name__ == "__main__":
    if "REAPCHECK_SOCKET" not in os.environ or KIND not in WATCHERS:
        sys.exit("This program is started by reapcheck, under the name asyncio-WATCHER, "
                 "and talks to it on the socket that REAPCHECK_SOCKET names.")
    sys.unraisablehook = complain_briefly
    out = inherit()
    if not hasattr(asyncio, WATCHERS[KIND][0]) or sys.version_info < (3, 11):
        say(f"failed Python {platform.python_version()} has no asyncio.{WATCHERS[KIND][0]}, or no Runner")
        sys.exit(1)
    say(f"hello protocol=1 pid={os.getpid()} name=asyncio-{KIND} version={platform.python_version()} "
        f"owners={OWNER_BITS[WATCHERS[KIND][1]]} features=0 offers=spawn,watch,forget,kill probe=0")
    say("ready")
    threading.Thread(target=Host().read, daemon=True, name="reader").start()
    main.serve()
