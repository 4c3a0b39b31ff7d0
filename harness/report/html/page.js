/*
 * The grid, its filters and the panel that a cell opens. Everything is made of the data in the
 * page by createElement and textContent: no text of it is ever markup. What is shown stands in the
 * address (#cell=XC-05/libxl&kind=fails), so that a link leads back to it.
 */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const KINDS = ["holds", "limit", "known", "flaky", "fails", "error", "skipped", "untried"];
  const GLYPHS = ["✓", "§", "✕", "~", "✕", "!", "–", "·"];
  const LOUD_FIRST = [4, 5, 3, 2, 1, 6, 0, 7]; /* how kinds are ordered for a reader */
  const WIDE = 6;  /* implementations whose names stand upright */
  const PAGE_STEP = 10;
  const REASONS_MOST = 6;

  const { requirements, implementations, scenarios, texts, kinds } = data;
  const width = implementations.length;
  const byId = id => document.getElementById(id);
  const grid = byId("grid"), panel = byId("panel"), search = byId("search");

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);

    for (const [key, value] of Object.entries(attributes))
      if (key === "class")
        made.className = value;
      else if (value !== undefined && value !== null && value !== false)
        made.setAttribute(key, value === true ? "" : value);
    made.append(...children.filter(child => child !== null && child !== undefined));
    return made;
  }

  const familyOf = id => id.split("-")[0];
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

  function cellAt(row, column) {
    const at = 3 * (row * width + column);
    return { kind: data.cells[at], share: data.cells[at + 1], asked: data.cells[at + 2] };
  }

  function tile(kind) {
    return element("span", { class: `tile ${KINDS[kind]}`, "aria-hidden": "true" }, GLYPHS[kind]);
  }

  function badge(kind, text = kinds[kind].word) {
    return element("span", { class: `badge ${KINDS[kind]}` }, text);
  }

  /* "known, 1 of 28" */
  function tell(cell) {
    return kinds[cell.kind].word + (cell.asked ? `, ${cell.share} of ${cell.asked}` : "");
  }

  /* -- what is asked for -- */

  const state = { q: "", family: new Set(), kind: new Set(), impl: new Set(), cell: "" };

  function readAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const set = name => new Set((asked.get(name) || "").split(",").filter(Boolean));

    state.q = asked.get("q") || "";
    state.family = set("family");
    state.kind = set("kind");
    state.impl = set("impl");
    state.cell = asked.get("cell") || "";
  }

  function writeAddress(push = false) {
    const parts = [];
    const add = (name, value) => value && parts.push(`${name}=${value}`);
    const list = set => [...set].map(encodeURIComponent).join(",");

    add("cell", state.cell.split("/").map(encodeURIComponent).join("/"));
    add("q", encodeURIComponent(state.q));
    add("family", list(state.family));
    add("kind", list(state.kind));
    add("impl", list(state.impl));
    const address = "#" + parts.join("&");
    if (address !== (location.hash || "#"))
      history[push ? "pushState" : "replaceState"](null, "", address);
  }

  /* -- filters -- */

  const rows = []; /* { tr, tbody, heading, words } for each requirement */

  /* All that a search may find in a row, made when one is first asked for. */
  function wordsOf(row) {
    const found = [requirements[row].id, requirements[row].text];

    data.plays.forEach((plays, column) => {
      for (const play of playsOf(row, column)) {
        if (play.kind === 0)
          continue;
        found.push(scenarios[play.s].name, play.why);
        for (const finding of play.f || [])
          if (breaks(finding, row))
            found.push(finding.w, finding.known, finding.limit);
      }
    });
    return found.filter(Boolean).join("\n").toLowerCase();
  }

  function filter() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const visible = implementations.map(({ name }) => !state.impl.size || state.impl.has(name));
    let count = 0, cells = 0, heading = null;

    if (!visible.includes(true))
      visible.fill(true);
    rows.forEach((row, i) => {
      const wanted = [...visible.keys()].filter(column => visible[column] &&
        (!state.kind.size || state.kind.has(KINDS[cellAt(i, column).kind])));
      const shown = (!state.family.size || state.family.has(familyOf(requirements[i].id))) &&
        wanted.length > 0 &&
        words.every(word => (row.words ??= wordsOf(i)).includes(word));
      row.tr.hidden = !shown;
      if (row.heading !== heading) {
        heading = row.heading;
        heading.hidden = true;
      }
      if (!shown)
        return;
      heading.hidden = false;
      count++;
      cells += wanted.length;
      [...row.tr.cells].forEach((cell, column) => {
        if (column)
          cell.classList.toggle("dim", state.kind.size > 0 && !wanted.includes(column - 1));
      });
    });
    for (const tr of grid.rows)
      if (!tr.classList.contains("family"))
        [...tr.cells].forEach((cell, column) => {
          if (column)
            cell.hidden = !visible[column - 1];
        });
    const across = visible.filter(Boolean).length;
    byId("status").textContent = count
      ? `${plural(count, "requirement")} by ${plural(across, "implementation")}` +
        (state.kind.size ? `, ${plural(cells, "cell")} of that kind` : "")
      : "Nothing is like that.";
    byId("reset").disabled = !state.q && !state.family.size && !state.kind.size && !state.impl.size;
    grid.classList.toggle("many", across > WIDE);
    grid.classList.toggle("few", across < 3);
    for (const [name, set] of [["families", state.family], ["kinds", state.kind],
      ["implementations", state.impl]])
      for (const chip of byId(name).children)
        chip.setAttribute("aria-pressed", set.has(chip.dataset.value));
    if (search.value !== state.q)
      search.value = state.q;
    keepFocusable();
  }

  function addChips(id, set, values) {
    for (const { value, label, kind, count, title } of values) {
      const chip = element("button", { type: "button", "aria-pressed": "false", "data-value": value, title },
        kind === undefined ? null : tile(kind), label,
        count === undefined ? null : element("span", { class: "number" }, String(count)));
      chip.addEventListener("click", () => {
        const chosen = state[set];
        if (!chosen.delete(value))
          chosen.add(value);
        writeAddress();
        filter();
      });
      byId(id).append(chip);
    }
  }

  function makeFilters() {
    const counts = KINDS.map(() => 0);

    for (let i = 0; i < data.cells.length; i += 3)
      counts[data.cells[i]]++;
    addChips("kinds", "kind", LOUD_FIRST.filter(kind => counts[kind]).map(kind =>
      ({ value: KINDS[kind], label: kinds[kind].word, kind, count: counts[kind], title: kinds[kind].means })));
    const families = [...new Set(requirements.map(({ id }) => familyOf(id)))];
    if (families.length > 1)
      addChips("families", "family", families.map(family =>
        ({ value: family, label: family,
          title: requirements.find(({ id }) => familyOf(id) === family).family })));
    if (width > 1)
      addChips("implementations", "impl", implementations.map(({ name, version }) =>
        ({ value: name, label: name, title: `${name} ${version || ""}` })));
    search.addEventListener("input", () => {
      state.q = search.value.trim();
      writeAddress();
      filter();
    });
    byId("reset").addEventListener("click", () => {
      Object.assign(state, { q: "", family: new Set(), kind: new Set(), impl: new Set() });
      writeAddress();
      filter();
      search.focus();
    });
  }

  /* -- the grid -- */

  function makeHead() {
    const head = element("tr", { role: "row" },
      element("th", { role: "columnheader", scope: "col" }, "requirement"));

    implementations.forEach((implementation, column) => {
      const counts = KINDS.map(() => 0), bar = element("span", { class: "bar", "aria-hidden": "true" });
      for (let row = 0; row < requirements.length; row++)
        counts[cellAt(row, column).kind]++;
      for (const kind of [0, 1, 2, 3, 4, 5, 6])
        if (counts[kind]) {
          const part = element("i", { class: KINDS[kind] });
          part.style.flexGrow = counts[kind];
          bar.append(part);
        }
      const told = LOUD_FIRST.filter(kind => counts[kind])
        .map(kind => `${counts[kind]} ${kinds[kind].word}`).join(", ");
      head.append(element("th", { role: "columnheader", scope: "col",
        title: `${implementation.name} ${implementation.version || ""}: ${told}` +
          (implementation.started ? `; played ${implementation.started}` : "") },
        element("span", { class: "name" }, implementation.name,
          element("span", { class: "version" }, implementation.version || "")),
        bar));
    });
    return element("thead", { role: "rowgroup" }, head);
  }

  function makeRow(row) {
    const { id, text, family } = requirements[row];
    const tr = element("tr", { role: "row", "data-row": row },
      element("th", { role: "rowheader", scope: "row", tabindex: "-1", title: text,
        "aria-label": `${id}: ${text || family}` },
        element("span", { class: "requirement" },
          element("span", { class: "id" }, id), element("span", { class: "sentence" }, text || ""))));

    for (let column = 0; column < width; column++) {
      const cell = cellAt(row, column);
      tr.append(element("td", { role: "gridcell", tabindex: "-1",
        "aria-label": `${id}, ${implementations[column].name}: ${tell(cell)}` }, tile(cell.kind)));
    }
    return tr;
  }

  function makeGrid() {
    let body = null, heading = null;

    grid.append(makeHead());
    requirements.forEach(({ id, family }, row) => {
      if (!row || familyOf(requirements[row - 1].id) !== familyOf(id)) {
        heading = element("tr", { role: "row", class: "family" },
          element("th", { role: "rowheader", scope: "rowgroup", colspan: width + 1 },
            element("span", {}, family || familyOf(id))));
        body = element("tbody", { role: "rowgroup" }, heading);
        grid.append(body);
      }
      const tr = makeRow(row);
      body.append(tr);
      rows.push({ tr, heading });
    });
    grid.addEventListener("click", event => {
      const cell = event.target.closest("td, th[tabindex]");
      if (cell)
        openFrom(cell);
    });
    grid.addEventListener("keydown", moveInGrid);
    grid.addEventListener("focusin", event => {
      const cell = event.target.closest("td, th[tabindex]");
      if (cell)
        makeCurrent(cell);
    });
  }

  /* Only one cell of the grid is in the order of the Tab key. */
  let current = null;

  function makeCurrent(cell) {
    if (current && current !== cell)
      current.tabIndex = -1;
    current = cell;
    current.tabIndex = 0;
  }

  function keepFocusable() {
    if (current && current.isConnected && !current.hidden && !current.parentNode.hidden)
      return;
    const row = rows.find(({ tr }) => !tr.hidden);
    if (row)
      makeCurrent([...row.tr.cells].find((cell, i) => i && !cell.hidden) || row.tr.cells[0]);
  }

  function moveInGrid(event) {
    const cell = event.target.closest("td, th[tabindex]");
    if (!cell || event.altKey || event.metaKey)
      return;
    const shown = rows.filter(({ tr }) => !tr.hidden).map(({ tr }) => tr);
    const across = [...cell.parentNode.cells].map((each, i) => i).filter(i => !cell.parentNode.cells[i].hidden);
    let row = shown.indexOf(cell.parentNode), column = across.indexOf(cell.cellIndex);

    switch (event.key) {
    case "ArrowUp": row--; break;
    case "ArrowDown": row++; break;
    case "ArrowLeft": column--; break;
    case "ArrowRight": column++; break;
    case "PageUp": row -= PAGE_STEP; break;
    case "PageDown": row += PAGE_STEP; break;
    case "Home": column = 0; if (event.ctrlKey) row = 0; break;
    case "End": column = across.length - 1; if (event.ctrlKey) row = shown.length - 1; break;
    case "Enter":
    case " ":
      event.preventDefault();
      openFrom(cell);
      return;
    default: return;
    }
    event.preventDefault();
    row = Math.max(0, Math.min(shown.length - 1, row));
    column = Math.max(0, Math.min(across.length - 1, column));
    const next = shown[row].cells[across[column]];
    next.focus({ preventScroll: true });
    show(next);
  }

  /* Brings a cell out from below the head and the first column, which stay where they are. */
  function show(cell) {
    const box = byId("scroller"), outer = box.getBoundingClientRect(), inner = cell.getBoundingClientRect();
    const head = grid.tHead.getBoundingClientRect().height;
    const first = cell.cellIndex ? cell.parentNode.cells[0].getBoundingClientRect().width : 0;

    if (inner.top < outer.top + head)
      box.scrollTop -= outer.top + head - inner.top + 4;
    else if (inner.bottom > outer.bottom)
      box.scrollTop += inner.bottom - outer.bottom + 4;
    if (cell.cellIndex && inner.left < outer.left + first)
      box.scrollLeft -= outer.left + first - inner.left + 4;
    else if (cell.cellIndex && inner.right > outer.right)
      box.scrollLeft += inner.right - outer.right + 4;
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /* -- plays -- */

  function breaks(finding, row) {
    return finding.r === requirements[row].id || finding.also === requirements[row].id;
  }

  /* The plays of an implementation that speak of the requirement, the worst first. */
  function playsOf(row, column) {
    const found = [];

    for (const play of data.plays[column])
      for (let i = 0; i < (play.q || []).length; i += 2)
        if (play.q[i] === row)
          found.push({ ...play, kind: play.q[i + 1] });
    return found.sort((a, b) => LOUD_FIRST.indexOf(a.kind) - LOUD_FIRST.indexOf(b.kind));
  }

  /* -- the panel -- */

  function said(kind, head, text) {
    return element("div", { class: `said ${KINDS[kind]}` }, element("b", {}, head), text);
  }

  async function copy(button, text, source) {
    let well = true;

    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(source);
      well = document.execCommand("copy");
    }
    button.textContent = well ? "Copied" : "Select it";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  function command(text) {
    const code = element("code", { tabindex: "0", "aria-label": "The command that shows it again" }, text);
    const button = element("button", { type: "button", class: "plain copy" }, "Copy");

    button.addEventListener("click", () => copy(button, text, code));
    return element("div", { class: "command" }, code, button);
  }

  /* told: reasons that stand above already */
  function findingParts(finding, told) {
    const parts = [];
    const where = finding.t ? `line ${finding.l}: ${finding.t.replace(/\s+/g, " ")}`
      : finding.l ? `line ${finding.l}` : "when all steps were over";

    parts.push(element("p", {}, finding.w));
    parts.push(element("p", { class: "meta" },
      `${finding.o === "step" ? "an expectation of the script" : `oracle “${finding.o}”`}, ${where}`));
    if (finding.known && !told.has(finding.known))
      parts.push(said(2, "Known", finding.known));
    if (finding.limit && !told.has(finding.limit))
      parts.push(said(1, "Its documentation", finding.limit));
    return parts;
  }

  function playBody(play, row, reasonsTold) {
    const body = element("div", { class: "body" });
    const own = (play.f || []).filter(finding => breaks(finding, row));
    const others = (play.f || []).filter(finding => !breaks(finding, row));
    let drawn = null;

    for (const finding of own)
      body.append(...findingParts(finding, reasonsTold));
    if (play.why && !reasonsTold.has(play.why))
      body.append(said(play.kind, play.v, play.why));
    const lines = own.flatMap(finding => finding.e || []);
    if (lines.length)
      body.append(element("pre", { class: "evidence", "aria-label": "Evidence" }, lines.join("\n")));
    if (play.h && (own.length || play.v === "error")) {
      drawn = timeline.draw(play, texts, new Set(own.flatMap(finding => finding.p || [])));
      body.append(drawn.box);
      const kept = play.h.reduce((sum, entry) => sum + (Array.isArray(entry) ? 0 : 0.5), 0);
      if (play.n > kept)
        body.append(element("p", { class: "note" },
          `${kept} of ${play.n} events. The command with --history FOLDER writes them all.`));
    }
    if (others.length)
      body.append(element("p", { class: "note" },
        `The same play breaks ${[...new Set(others.map(finding => finding.r))].join(", ")}, too.`));
    if (play.c)
      body.append(command(play.c));
    return { body, reveal: () => drawn && drawn.reveal() };
  }

  /* The body is made when it is first opened: a cell may have hundreds of plays. */
  function playElement(play, row, reasonsTold, open) {
    const scenario = scenarios[play.s];
    const made = element("details", { class: "play" },
      element("summary", {}, badge(play.kind), element("span", { class: "id" }, scenario.name),
        element("span", { class: "meta" }, scenario.text || "")));
    let filled = false;
    const fill = () => {
      if (filled || !made.open)
        return;
      filled = true;
      const { body, reveal } = playBody(play, row, reasonsTold);
      made.append(body);
      reveal();
    };

    made.addEventListener("toggle", fill);
    made.open = open;
    return made;
  }

  function panelHead(title, extra) {
    const close = element("button", { type: "button", class: "plain", "aria-label": "Close" }, "✕");

    close.addEventListener("click", () => panel.close());
    return element("div", { class: "panel-head" },
      element("h2", { id: "panel-title", tabindex: "-1", autofocus: true }, title), extra, close);
  }

  function requirementParts(row) {
    const { text, family, level, duty, unobservable } = requirements[row];

    return [
      element("p", { class: "lead" }, text || "The catalogue does not have it."),
      element("p", { class: "note" }, [family, level && `a ${level}`, duty && `a duty of the ${duty}`]
        .filter(Boolean).join(" · ")),
      unobservable ? element("p", { class: "note" }, `No scenario could see it: ${unobservable}`) : null,
    ].filter(Boolean);
  }

  /* Reasons that stand behind a cell, each once. */
  function reasons(plays, cell, row) {
    const parts = [], told = new Set();
    const add = (kind, head, text) => {
      if (text && !told.has(text) && parts.length < REASONS_MOST) {
        told.add(text);
        parts.push(said(kind, head, text));
      }
    };

    for (const play of plays.filter(each => each.kind === cell.kind)) {
      for (const finding of (play.f || []).filter(each => breaks(each, row)))
        if (finding.known)
          add(2, "Known", finding.known);
        else if (finding.limit)
          add(1, "Its documentation", finding.limit);
      if (play.kind !== 0)
        add(cell.kind, kinds[cell.kind].word, play.why);
    }
    return { parts, told };
  }

  function fillCell(row, column) {
    const cell = cellAt(row, column), implementation = implementations[column];
    const plays = playsOf(row, column);
    const told = plays.filter(play => play.kind !== 0 && play.kind !== 6);
    const rest = plays.filter(play => play.kind === 0 || play.kind === 6);
    const { parts, told: reasonsTold } = reasons(plays, cell, row);

    panel.append(panelHead(`${requirements[row].id} · ${implementation.name} ${implementation.version || ""}`,
      badge(cell.kind, tell(cell))), ...requirementParts(row), ...parts);
    if (implementation.expected)
      panel.append(element("p", { class: "note" },
        `What is known of it was written for version ${implementation.expected}.`));
    if (!plays.length)
      panel.append(said(7, kinds[7].word, kinds[7].means));
    if (told.length) {
      panel.append(element("h3", {}, "Where it does not hold"));
      told.forEach((play, i) => panel.append(playElement(play, row, reasonsTold, i === 0)));
    }
    if (rest.length) {
      panel.append(element("h3", {}, told.length ? "Its other scenarios" : "Its scenarios"));
      rest.forEach(play => panel.append(playElement(play, row, reasonsTold, false)));
    }
  }

  /* A requirement across all implementations. */
  function fillRequirement(row) {
    const list = element("div", { class: "others" });

    implementations.forEach(({ name, version }, column) => {
      const cell = cellAt(row, column);
      const button = element("button", { type: "button" }, badge(cell.kind),
        element("span", {}, `${name} ${version || ""}`),
        element("span", { class: "meta" }, cell.asked ? `${cell.share} of ${cell.asked}` : ""));
      button.addEventListener("click", () => {
        state.cell = `${requirements[row].id}/${name}`;
        writeAddress();
        openCell();
      });
      list.append(button);
    });
    panel.append(panelHead(requirements[row].id), ...requirementParts(row),
      element("h3", {}, "Implementations"), list);
  }

  /* Opens what the address asks for, if there is such a cell. */
  function openCell() {
    const slash = state.cell.indexOf("/");
    const id = slash < 0 ? state.cell : state.cell.slice(0, slash);
    const row = requirements.findIndex(requirement => requirement.id === id);
    const column = slash < 0 ? -1
      : implementations.findIndex(({ name }) => name === state.cell.slice(slash + 1));

    if (row < 0 || (slash >= 0 && column < 0)) {
      if (panel.open)
        panel.close();
      return;
    }
    panel.replaceChildren();
    if (column < 0)
      fillRequirement(row);
    else
      fillCell(row, column);
    makeCurrent(rows[row].tr.cells[column + 1]);
    if (!panel.open)
      panel.showModal();
    panel.scrollTop = 0;
  }

  function openFrom(cell) {
    const { id } = requirements[cell.parentNode.dataset.row];

    state.cell = cell.cellIndex ? `${id}/${implementations[cell.cellIndex - 1].name}` : id;
    writeAddress(true);
    openCell();
  }

  panel.addEventListener("close", () => {
    state.cell = "";
    writeAddress();
    panel.replaceChildren();
    if (current && !current.hidden && !current.parentNode.hidden) {
      current.focus({ preventScroll: true });
      show(current);
    }
  });
  panel.addEventListener("click", event => {
    if (event.target === panel && event.clientX < panel.getBoundingClientRect().left)
      panel.close();
  });

  /* -- colours -- */

  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;

  try {
    chosen = localStorage.getItem("reapcheck-theme");
  } catch { /* a page from a file may have no storage */ }

  function applyTheme() {
    const theme = chosen === "dark" || chosen === "light" ? chosen : dark.matches ? "dark" : "light";

    document.documentElement.dataset.theme = theme;
    byId("theme").setAttribute("aria-checked", theme === "dark");
  }

  byId("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("reapcheck-theme", chosen);
    } catch { /* it lasts as long as the page, then */ }
    applyTheme();
  });
  dark.addEventListener("change", applyTheme);

  /* -- all of it -- */

  function makeFoot() {
    const started = implementations.map(({ started: when }) => when || "").sort().pop();
    byId("subtitle").textContent = "What each implementation keeps of what it owes" +
      (started ? `, as of ${started.slice(0, 10)}` : "");
    for (const kind of LOUD_FIRST)
      byId("legend").append(element("div", {}, element("dt", {}, tile(kind)),
        element("dd", {}, element("b", {}, kinds[kind].word), ` ${kinds[kind].means}`)));
    byId("made").textContent = `Made by reapcheck ${data.reapcheck} at ${data.made}.` +
      (data.cut !== undefined
        ? ` To keep the page small, no more than ${data.cut} events of each failure are here; the results have more.`
        : "");
  }

  applyTheme();
  makeFilters();
  makeGrid();
  makeFoot();
  readAddress();
  filter();
  openCell();
  addEventListener("popstate", () => {
    const before = state.cell;
    readAddress();
    filter();
    if (state.cell !== before)
      openCell();
  });
  document.addEventListener("keydown", event => {
    if (event.key === "/" && !panel.open && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    }
  });
  document.documentElement.dataset.ready = Math.round(performance.now());
})();
