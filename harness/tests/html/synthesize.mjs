/* SPDX-License-Identifier: MIT */
/*
 * Writes results of twelve implementations that there are none of, as large as those of real ones:
 * every scenario of a tree, a quarter of them failing with the whole history that results keep.
 * One of them has texts that would be markup or code if a page took them for that. What a play
 * brings depends on its number alone, so that all pages made of them are the same.
 *
 *   node synthesize.mjs CATALOGUE FOLDER
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const [, program, catalogue, folder] = process.argv;
const IMPLEMENTATIONS = ["apr", "glib", "glib-nopidfd", "ivykis", "libev", "libev-signalfd",
  "libevent", "libuv", "sd-event", "sd-event-nopidfd", "skalibs", "hostile"];
const SCENARIOS = 170, EVENTS = 150;
export const HOSTILE = "<img src=x onerror=\"window.hostile=1\"></script><script>window.hostile=1</script><!--\u2028'\"&";

let ids; /* of the requirements of the catalogue */

/* Two threads and the kernel; t1 waits for a lock that it holds, as far down as the proof is. */
function history(play, hostile) {
  const lines = ["0.000 main lane pid=3 tid=3", "0.100 t1 lane pid=3 tid=6",
    "0.200 - step 4 \"ctx       A on t1 owner selective\"", "0.300 t1 enter op=open ctx=A"];
  const lock = `0x55d${(play * 4099 + 0x100000).toString(16)}820`;
  let time = 0.3;

  for (let i = lines.length; i < EVENTS - 6; i++) {
    time += 0.001 * (1 + ((i * 7 + play) % 40));
    const at = time.toFixed(3);
    switch (i % 8) {
    case 0: lines.push(`${at} t1 lock ${lock}`); break;
    case 1: lines.push(`${at} t1 unlock ${lock}`); break;
    case 2: lines.push(`${at} main call fcntl fd=${4 + (i % 9)} command=${1 + (i % 4)}`); break;
    case 3: lines.push(`${at} - order child=a${i % 5} status=0x${(i % 4).toString(16)}00`); break;
    case 4: lines.push(`${at} - exited child=a${i % 5} status=0x${(i % 4).toString(16)}00`); break;
    case 5: lines.push(`${at} main handler-in SIGCHLD from=a${i % 5} code=1 depth=1 zone=handler`); break;
    case 6: lines.push(`${at} main handler-out SIGCHLD zone=handler`); break;
    case 7: lines.push(`${at} t1 report ctx=A child=a${i % 5} status=0x${(i % 4).toString(16)}00`); break;
    }
  }
  time += 1;
  lines.push("# 523 events left out", `${time.toFixed(3)} t1 lock ${lock}`,
    `${(time + 0.004).toFixed(3)} t1 handler-in SIGCHLD from=a1 code=1 depth=1 zone=handler`,
    `${(time + 0.005).toFixed(3)} t1 lock-wait ${lock} zone=handler`,
    `${(time + 10).toFixed(3)} - hang lane=t1 text="tid 6 (t1) sleeping in futex\\n  ${hostile ? HOSTILE.replace(/"/g, "\\\"") : "in mutex_lock"}"`);
  return { lines, proof: [lines.length - 4, lines.length - 2] };
}

function verdict(name, implementation, play) {
  const hostile = name === "hostile";
  const covers = [0, 1, 2].map(k => ids[(play * 3 + k * 61) % ids.length]);
  const theme = ["children", "faults", "handler", "postfork", "sharing"][play % 5];
  const scenario = hostile && play === 7 ? `${theme}/${HOSTILE}` : `${theme}/scenario-number-${play}`;
  const sort = (play * 7 + implementation * 13) % 16;
  const made = { implementation: name, version: hostile ? HOSTILE : "1.2.3", scenario, verdict: "pass",
    sentence: `What scenario ${play} is about, told in a sentence of ordinary length`,
    file: `scenarios/${scenario}.scn`, covers, findings: [],
    command: `build/reapcheck run --impl ${name} scenarios/${scenario}.scn`, milliseconds: 12, events: 673 };

  if (sort < 4 || play === 0) {
    const { lines, proof } = history(play, hostile);
    made.verdict = "fail";
    made.history = lines;
    made.findings = [{ requirement: covers[0], oracle: "locks", line: 11, step: "owner B selective",
      what: hostile ? HOSTILE : "lane t1 waits for a mutex which it holds itself",
      evidence: proof.map(line => lines[line].replace(/^\S+ /, "")), lines: proof }];
    if (sort === 1) {
      made.verdict = "limit";
      made.findings[0].limit = hostile ? HOSTILE : "manual, section 3";
    } else if (sort === 2) {
      made.verdict = "flaky";
      made.reason = "it passed here, and failed in 1 of 3 plays";
    }
  } else if (sort === 4 || sort === 5) {
    made.verdict = "skip";
    made.reason = `${name} does not offer a fork hook`;
  } else if (sort === 6 && play % 11 === 0) {
    made.verdict = "error";
    made.reason = hostile ? HOSTILE : "the machine was too slow";
  }
  return made;
}

/* Not where page.mjs takes HOSTILE from here. */
if (program.endsWith("synthesize.mjs")) {
  ids = [...readFileSync(catalogue, "utf8").matchAll(/^- ([A-Z]{2}-\d+) /gm)].map(([, id]) => id);
  mkdirSync(folder, { recursive: true });
  IMPLEMENTATIONS.forEach((name, implementation) => {
    const plays = Array.from({ length: SCENARIOS }, (_, play) => verdict(name, implementation, play));
    const lines = [{ format: 1, reapcheck: "0.1.0", started: "2026-01-02T03:04:05Z",
      command: "reapcheck run", implementations: [name], scenarios: SCENARIOS, fingerprint: "0" },
    ...plays, { end: true, verdicts: plays.length }];
    writeFileSync(`${folder}/20260102T030405.0000${10 + implementation}Z-1.jsonl`,
      lines.map(line => JSON.stringify(line) + "\n").join(""));
  });
}
