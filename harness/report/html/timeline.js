"use strict";

/*
 * The history of a play as a timeline: lanes across, time down. Each event is a line of text as
 * results have it (harness/history/history.h); what is drawn here is read out of those lines.
 * Calls into the library, handlers and held locks are bars that run beside the events of their
 * lane from where they begin to where they end, or fade out where nobody saw them end.
 */
const timeline = (() => {
  const QUIET_MS = 20; /* a longer silence is said */
  const TRACK = 8;     /* pixels from bar to bar */

  /* Kinds that tell the story; the others are shown when all are asked for. */
  const STORY = new Set(("enter leave report lost stranger disaster warned forkhook foreign waited " +
    "action forked fault held freed handler-in handler-out lock-wait left-locked born step expect " +
    "order exited quiet fd fd-gone zombie left kept thread exec-fd exec-mask hang host-exit " +
    "lost-events").split(" "));
  const STORY_CALLS = new Set("fork waitpid waitid posix_spawn kill".split(" "));

  /* The h of a play, with its texts put in: events in order, and gaps. */
  function unpack(play, texts) {
    const entries = [];
    let time = 0;
    const list = play.h || [];

    for (let i = 0; i < list.length; i++) {
      if (Array.isArray(list[i])) {
        entries.push({ gap: list[i][0] });
        continue;
      }
      time += list[i] / 1000;
      const text = String(texts[list[++i]] ?? "").replace(/\u0001(\d+)/g,
        (whole, number) => (play.a || [])[number] ?? whole);
      entries.push(read(text, time));
    }
    return entries;
  }

  /* "t1 lock-wait 0x55 zone=handler": lane, kind, words, and what has a key. */
  function read(text, time) {
    const words = text.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*(?:"|$))+/g) || [];
    const event = { text, time, lane: words[0] || "-", kind: words[1] || "", words: [], keys: {} };

    for (const word of words.slice(2)) {
      const key = word.match(/^([a-z-]+)=([^]*)$/);
      if (key)
        event.keys[key[1]] = unquote(key[2]);
      else
        event.words.push(unquote(word));
    }
    return event;
  }

  function unquote(word) {
    if (word[0] !== '"')
      return word;
    return word.replace(/^"|"$/g, "").replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c));
  }

  /* -- words -- */

  function status(text) {
    const value = parseInt(text, 16);

    if (Number.isNaN(value) || text === "-1")
      return text ?? "";
    if (!(value & 0x7f))
      return `exit ${(value >> 8) & 0xff}`;
    if ((value & 0xff) === 0x7f)
      return value === 0xffff ? "continued" : `stopped by signal ${(value >> 8) & 0xff}`;
    return `killed by signal ${value & 0x7f}${value & 0x80 ? ", core" : ""}`;
  }

  const short = address => address && address.length > 6 ? "…" + address.slice(-4) : address;

  /* What a call was given and what came of it. */
  function outcome(event, subject) {
    const { keys } = event;
    const from = [keys[subject] ?? keys.fd ?? keys.signal ?? ""].filter(Boolean).join(", ");
    let text = `(${from})`;

    if (keys.result !== undefined || keys.error)
      text += ` = ${keys.result ?? 0}`;
    if (keys.found)
      text += `, ${keys.found}`;
    if (keys.error)
      text += ` ${keys.error}`;
    if (keys.status)
      text += `, ${status(keys.status)}`;
    return text;
  }

  function say(event) {
    const { kind, keys, words } = event;
    const rest = event.text.split(" ").slice(2).join(" ");

    switch (kind) {
    case "enter":
      return [`${keys.op}(${[keys.ctx, keys.child, keys.owner, keys.signal].filter(Boolean).join(", ")})`];
    case "leave":
      return [`${keys.op} returns ${keys.error || keys.result || ""}`, "dull"];
    case "report":
      return [`${keys.ctx} reports ${keys.child}: ${status(keys.status)}`, "reports"];
    case "lost":
      return [`${keys.ctx} reports ${keys.child} as lost`, "reports"];
    case "stranger":
      return [`${keys.ctx} asks about ${keys.child}: ${status(keys.status)}`, "reports"];
    case "disaster":
      return [`${keys.ctx} calls for a disaster ${keys.error || ""} ${keys.text || ""}`, "trouble"];
    case "warned":
      return [`${keys.ctx} warns: ${keys.text || ""}`];
    case "call":
      if (words[0] === "sigaction")
        return keys.disposition === "-1"
          ? [`sigaction(${keys.signal}) asks`, "dull"]
          : [`sigaction(${keys.signal}) sets: ${keys.disposition}`];
      return [words[0] + outcome(event, words[0] === "waitid" ? "id" : "pid"),
        STORY_CALLS.has(words[0]) ? "" : "dull"];
    case "waited":
      return [`the application waits${outcome(event, "child")}`];
    case "handler-in":
      return [`${words[0]}${keys.from ? ` from ${keys.from}` : ""}, handler begins`, "signal"];
    case "handler-out":
      return ["handler ends", "dull"];
    case "lock":
      return [`locks ${short(words[0])}`, "dull"];
    case "unlock":
      return [`unlocks ${short(words[0])}`, "dull"];
    case "lock-wait":
      return [`waits for ${short(words[0])}`, "trouble"];
    case "fault":
      return [`${words[0]} is made to fail: ${keys.error || ""}`, "signal"];
    case "exited":
      return [`${keys.child} ended: ${status(keys.status)}${keys.reaped ? ", reaped" : ""}`, "signal"];
    case "order":
      return [`${keys.child} is told: ${status(keys.status)}`];
    case "quiet":
      return [keys.result === "0" ? "nothing is left to happen" : "it does not come to rest", "dull"];
    case "foreign":
      return [`the application forks ${keys.child}`];
    case "born":
      return [`born of ${keys.parent}`];
    case "zombie":
      return [`${keys.child} is left as a zombie`, "trouble"];
    case "hang":
      return [keys.text || "hangs", "trouble stack"];
    case "host-exit":
      return [`the host ended: ${status(words[0] ?? keys.status ?? keys.value)} ${keys.text || ""}`, "trouble"];
    default:
      return [`${kind} ${rest}`, STORY.has(kind) ? "" : "dull"];
    }
  }

  const isAcross = event => event.kind === "step" || event.kind === "expect";

  function tellsStory(event) {
    if (event.gap)
      return event.matters;
    if (event.proof)
      return true;
    if (event.kind === "call")
      return STORY_CALLS.has(event.words[0]) || "error" in event.keys ||
        (event.words[0] === "sigaction" && event.keys.disposition !== "-1");
    return STORY.has(event.kind);
  }

  /* Results keep every event of the story before any of these (history/excerpt.c). */
  function isRest(event) {
    if (event.gap || event.proof)
      return false;
    if (event.kind === "call")
      return !STORY_CALLS.has(event.words[0]) && event.words[0] !== "sigaction" &&
        !("error" in event.keys) && event.keys.zone !== "handler";
    return event.kind === "mask" || event.kind === "disposition";
  }

  /* A thread's stack belongs to its lane, whoever wrote it down. */
  function laneOf(event) {
    return event.kind === "hang" && event.keys.lane ? event.keys.lane : event.lane;
  }

  function laneTitle(lane) {
    if (lane === "-")
      return "kernel and script";
    if (/^\d+$/.test(lane))
      return `thread ${lane}`;
    return /^\d+:\d+$/.test(lane) ? `process ${lane.split(":")[0]}` : lane;
  }

  /* -- bars -- */

  /* What an event begins and what it ends: a kind of bar, and which of that kind. */
  function begins(event) {
    switch (event.kind) {
    case "enter": return ["call", event.keys.op];
    case "handler-in": return ["in-handler", event.words[0]];
    case "lock": return ["held", event.words[0]];
    case "lock-wait": return ["waits", event.words[0]];
    }
    return null;
  }

  function ends(event) {
    switch (event.kind) {
    case "leave": return [["call", event.keys.op]];
    case "handler-out": return [["in-handler", event.words[0]]];
    case "lock": return [["waits", event.words[0]]];
    case "unlock": return [["held", event.words[0]]];
    }
    return [];
  }

  /*
   * Where events are left out, nobody knows of a lock whether it was held on, unless the proof is
   * about it: results keep all that is said of such a one. A call or a handler whose end stands
   * further down went on.
   */
  function findBars(entries) {
    const open = new Map(); /* lane: bars that have not ended, each in a track */
    const bars = [];
    const proved = new Set(entries.filter(event => event.proof && begins(event))
      .map(event => event.words[0]));
    const fades = bar => (bar.kind === "held" || bar.kind === "waits") && !proved.has(bar.what);

    entries.forEach((event, at) => {
      if (event.gap) {
        for (const running of open.values())
          running.forEach((bar, track) => {
            if (bar)
              bar.gap ??= at;
            if (bar && fades(bar))
              running[track] = null;
          });
        return;
      }
      const lane = laneOf(event), running = open.get(lane) || [];
      open.set(lane, running);
      for (const [kind, what] of ends(event)) {
        const track = running.findLastIndex(bar => bar && bar.kind === kind && bar.what === what);
        if (track >= 0) {
          running[track].to = at;
          running[track] = null;
        }
      }
      const begun = begins(event);
      if (begun) {
        const free = running.indexOf(null), track = free < 0 ? running.length : free;
        const bar = { kind: begun[0], what: begun[1], lane, from: at, to: null, gap: null, track };
        running[track] = bar;
        bars.push(bar);
      }
    });
    for (const bar of bars) {
      bar.open = bar.to === null;
      if (bar.open && bar.gap !== null && !proved.has(bar.what))
        bar.to = bar.gap;
    }
    return bars;
  }

  /* -- drawing -- */

  function element(name, className, text) {
    const made = document.createElement(name);

    if (className)
      made.className = className;
    if (text !== undefined)
      made.textContent = text;
    return made;
  }

  /* One drawing of those entries that are shown. */
  function drawing(entries, all) {
    const grid = element("div", "timeline");
    const shown = entries.map(event => all || tellsStory(event));
    const used = new Set(entries.filter((event, i) => shown[i] && !event.gap && !isAcross(event)).map(laneOf));
    const lanes = [...new Set(entries.filter(event => !event.gap).map(laneOf))]
      .filter(lane => used.has(lane)).sort((a, b) => (b === "-") - (a === "-"));
    const bars = findBars(entries).filter(bar => lanes.includes(bar.lane));
    const tracks = new Map(lanes.map(lane =>
      [lane, 1 + Math.max(-1, ...bars.filter(bar => bar.lane === lane).map(bar => bar.track))]));
    const column = new Map(lanes.map((lane, i) => [lane, 2 + 2 * i]));
    const rows = new Array(entries.length); /* grid row at or below an entry */
    let row = 2, before = null;

    grid.tabIndex = 0;
    grid.setAttribute("role", "list");
    grid.setAttribute("aria-label", "History of the failure");
    grid.style.gridTemplateColumns = "max-content " + lanes.map(lane =>
      `${6 + TRACK * tracks.get(lane)}px minmax(${lane === "-" ? 11 : 13}rem, ${lane === "-" ? 1 : 2}fr)`)
      .join(" ");

    function put(made, from, to, at) {
      made.style.gridColumn = `${from} / ${to}`;
      made.style.gridRow = at;
      grid.append(made);
      return made;
    }

    put(element("div", "lane corner", "ms"), 1, 2, 1).ariaHidden = "true";
    for (const lane of lanes)
      put(element("div", "lane", laneTitle(lane)), column.get(lane), column.get(lane) + 2, 1);

    entries.forEach((event, i) => {
      rows[i] = row;
      if (!shown[i])
        return;
      if (event.gap) {
        put(element("div", "gap", `${event.gap} event${event.gap > 1 ? "s" : ""} left out`), 1, -1, row++)
          .setAttribute("role", "listitem");
        return;
      }
      if (before !== null && event.time - before >= QUIET_MS)
        put(element("div", "gap", `${Math.round(event.time - before)} ms pass`), 1, -1, row++)
          .setAttribute("role", "listitem");
      before = event.time;
      rows[i] = row;
      put(element("div", "time", event.time.toFixed(3)), 1, 2, row).ariaHidden = "true";
      let made;
      if (isAcross(event)) {
        const line = event.words[0] === "0" ? "" : `${event.words[0]}  `;
        const unmet = event.kind === "expect" && event.keys.result !== "0";
        made = put(element("div", `across${unmet ? " unmet" : ""}`,
          event.kind === "step" ? line + (event.words[1] || "").replace(/ +/g, " ")
            : `${line}${unmet ? "not met" : "met"}: ${event.words[1] || ""}`), 2, -1, row);
      } else {
        const [text, look] = say(event), at = column.get(laneOf(event));
        made = put(element("div", `event ${look || ""}`, text), at + 1, at + 2, row);
      }
      made.classList.toggle("proof", Boolean(event.proof));
      made.title = event.text;
      made.setAttribute("role", "listitem");
      made.setAttribute("aria-label",
        `${event.time.toFixed(3)} ms, ${laneTitle(laneOf(event))}: ${made.textContent}` +
        (event.proof ? " (proof)" : ""));
      row++;
    });

    for (const lane of lanes)
      put(element("div", "rail"), column.get(lane), column.get(lane) + 1, `2 / ${row}`).ariaHidden = "true";
    for (const bar of bars) {
      const from = rows[bar.from];
      const to = bar.to === null ? row : rows[bar.to] + (shown[bar.to] ? 1 : 0);
      if (to <= from)
        continue;
      const made = put(element("div", `span ${bar.kind}${bar.open ? " open" : ""}`),
        column.get(bar.lane), column.get(bar.lane) + 1, `${from} / ${to}`);
      made.style.marginLeft = `${5 + TRACK * bar.track}px`;
      made.title = { call: "in the library: ", "in-handler": "in a handler: ", held: "holds ",
        waits: "waits for " }[bar.kind] + bar.what;
      made.ariaHidden = "true";
    }
    return grid;
  }

  /* The timeline of a play with a legend and a choice of how much to show; proof: the numbers of the
   * events that prove what was found. */
  function draw(play, texts, proof) {
    const entries = unpack(play, texts), box = element("div");
    const tools = element("div", "timeline-tools");
    const more = element("button", "plain");
    let all = false, number = 0, grid = null;

    for (const event of entries)
      if (!event.gap)
        event.proof = proof.has(number++);
    /* Where there was room for the rest, what is left out is of it, and no part of the story. */
    const roomy = entries.some(isRest);
    for (const event of entries)
      if (event.gap)
        event.matters = !roomy;
    for (const [look, text] of [["call", "in the library"], ["in-handler", "in a handler"],
      ["held", "holds a lock"], ["waits", "waits for a lock"]])
      tools.append(element("span", `swatch ${look}`, text));
    tools.append(element("span", "", "◆ proof"), more);
    more.type = "button";
    const redraw = () => {
      const next = drawing(entries, all);
      if (grid)
        grid.replaceWith(next);
      grid = next;
      more.textContent = all ? "Show the story only" : `Show all ${number} events`;
    };
    more.addEventListener("click", () => {
      all = !all;
      redraw();
    });
    redraw();
    more.hidden = entries.every(tellsStory);
    box.append(tools, grid);
    const reveal = () => {
      const first = grid.querySelector(".proof");
      if (first)
        grid.scrollTop = first.offsetTop - grid.clientHeight / 3;
    };
    return { box, reveal };
  }

  return { draw, read, status };
})();
