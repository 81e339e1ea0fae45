"use strict";
(() => {
  const WINDOW = 200, CHUNK = 400, MAX_OPTIONS = 1000;
  const find = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(find(id).textContent);
  const rows = read("rows");
  const { fields, statuses, texts, items = [], shapes = [], identity = null, expired = null } = read("data");
  const place = new Map(fields.map((field, index) => [field.id, index]));
  const NAME = fields.findIndex((field) => field.kind === "name");
  const STATUS_ID = fields[0].id;
  const columns = fields.map((field, index) => ({ ...field, index })).filter((field) => field.column);
  const choices = fields.map((field, index) => ({ ...field, index })).filter((field) => field.filter);
  const table = find("table"), body = table.tBodies[0];

  const make = (tag, properties = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.startsWith("aria-") || name === "role" || name === "for") node.setAttribute(name, value);
      else node[name] = value;
    }
    node.append(...children);
    return node;
  };
  const number = (value) => value.toLocaleString("en-US");
  const textOf = (reference, name) => texts[reference].replaceAll("\0", () => name);
  const valueOf = (row, field) => {
    const value = row[field.index];
    if (field.kind === "text" || field.kind === "command") return value ? textOf(value, row[NAME]) : "";
    return value === 0 || value == null ? "" : String(value);
  };

  // What is chosen stands in the address after the #, and nowhere else.
  const readState = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    const known = new Set(statuses.map((status) => status.id));
    return {
      q: given.get("q") ?? "",
      statuses: new Set((given.get(STATUS_ID) ?? "").split(",").filter((id) => known.has(id))),
      choices: new Map(choices.filter((field) => given.has(field.id)).map((field) => [field.id, given.get(field.id)])),
      sort: given.get("sort") ?? "",
      page: Math.max(0, Math.trunc(Number(given.get("page"))) - 1 || 0),
      open: given.get("open") ?? "",
      theme: given.get("theme") ?? "",
    };
  };
  const addressOf = (state) => {
    const found = new URLSearchParams();
    if (state.q) found.set("q", state.q);
    if (state.statuses.size) found.set(STATUS_ID, [...state.statuses].join(","));
    for (const [id, value] of state.choices) found.set(id, value);
    if (state.sort) found.set("sort", state.sort);
    if (state.page) found.set("page", state.page + 1);
    if (state.open) found.set("open", state.open);
    if (state.theme) found.set("theme", state.theme);
    return `#${found.toString() || "all="}`;
  };
  let state = readState(), shown = [], opened = new Set(), isWhole = false, drawing = 0;
  const go = (change, isTyped = false) => {
    const address = addressOf({ ...state, page: 0, open: "", ...change });
    if (isTyped) {
      history.replaceState(null, "", address);
      update();
    } else if (address === location.hash) update();
    else location.hash = address;
  };

  // The order of rows, by what stands in one place of them. Texts are compared once each, not once a row; rows are
  // then put into the places of their ranks, which takes no comparison at all.
  const ranksOf = (index) => {
    const key = fields[index].kind === "text" ? (row) => texts[row[index]] : (row) => row[index];
    const distinct = [...new Set(rows.map(key))];
    const isNumber = distinct.every((value) => typeof value === "number");
    distinct.sort(isNumber ? (a, b) => a - b : undefined);
    const at = new Map(distinct.map((value, rank) => [value, rank]));
    return [Int32Array.from(rows, (row) => at.get(key(row))), distinct.length];
  };
  const orders = new Map();
  const orderOf = (sort) => {
    if (!orders.has(sort)) {
      const isDown = sort.startsWith("-"), index = place.get(sort.replace("-", "")) ?? 0;
      const [ranks, count] = ranksOf(index);
      const starts = new Int32Array(count + 1), order = new Int32Array(rows.length);
      const rankAt = isDown ? (at) => count - 1 - ranks[at] : (at) => ranks[at];
      for (let at = 0; at < rows.length; at += 1) starts[rankAt(at) + 1] += 1;
      for (let rank = 0; rank < count; rank += 1) starts[rank + 1] += starts[rank];
      for (let at = 0; at < rows.length; at += 1) order[starts[rankAt(at)]++] = at;
      orders.set(sort, order);
    }
    return orders.get(sort);
  };

  // A text that many rows have is searched once.
  const searched = [...fields.keys()].filter((index) => fields[index].kind === "text");
  let lower = null;
  const prepareSearch = () => {
    lower ??= { names: rows.map((row) => row[NAME].toLowerCase()), texts: texts.map((text) => text.toLowerCase()) };
  };
  const matcherOf = (word) => {
    prepareSearch();
    const hits = new Uint8Array(texts.length);
    for (let index = 0; index < hits.length; index += 1) hits[index] = lower.texts[index].includes(word) ? 1 : 0;
    return (row, at) => {
      if (lower.names[at].includes(word)) return true;
      for (let n = 0; n < searched.length; n += 1) if (hits[row[searched[n]]]) return true;
      return false;
    };
  };
  const filtered = () => {
    const tests = state.q.toLowerCase().split(/\s+/).filter(Boolean).map(matcherOf);
    for (const [id, value] of state.choices) {
      const index = place.get(id), wanted = texts.indexOf(value);
      tests.unshift((row) => row[index] === wanted);
    }
    const wanted = statuses.map((status) => !state.statuses.size || state.statuses.has(status.id));
    const found = [];
    for (const at of orderOf(state.sort)) {
      const row = rows[at];
      if (wanted[row[0]] && tests.every((test) => test(row, at))) found.push(at);
    }
    return found;
  };

  const markOf = (status) => make("span", { className: `mark ${status.color}`, textContent: status.label });
  const cellOf = (row, field, at) => {
    if (field.kind === "status") return make("td", {}, markOf(statuses[row[0]]));
    if (field.kind === "name") {
      const isOpen = opened.has(at);
      const button = make("button", {
        type: "button", className: "name", "aria-expanded": isOpen, textContent: row[NAME],
      });
      if (isOpen) button.setAttribute("aria-controls", `detail-${at}`);
      return make("th", { scope: "row" }, button);
    }
    return make("td", { className: `${field.column} of-${field.id}`, textContent: valueOf(row, field) });
  };
  const rowsOf = (at, position) => {
    const row = rows[at];
    const line = make("tr", { "aria-rowindex": position + 2 }, ...columns.map((field) => cellOf(row, field, at)));
    line.dataset.row = at;
    return opened.has(at) ? [line, detailOf(at)] : [line];
  };
  const copyable = (text) => {
    const block = make("pre", { textContent: text, tabIndex: 0 });
    const button = make("button", { type: "button", className: "copy no-print", textContent: "Copy" });
    button.addEventListener("click", () => copy(block));
    return make("div", { className: "copyable" }, block, button);
  };
  const copy = async (block) => {
    getSelection().selectAllChildren(block);
    try {
      await navigator.clipboard.writeText(block.textContent);
    } catch {
      document.execCommand("copy");
    }
    find("said").textContent = "Copied.";
  };
  const detailOf = (at) => {
    const row = rows[at], list = make("dl"), rest = [];
    for (const [index, field] of fields.entries()) {
      if (!field.detail || field.kind === "status" || field.kind === "name" || !row[index]) continue;
      if (field.kind === "items") rest.push(itemsOf(field, row));
      else if (field.kind === "forms") rest.push(formsOf(row[index], row));
      else {
        const value = valueOf(row, { ...field, index });
        const content = field.kind === "command" ? copyable(value) : value;
        list.append(make("div", {}, make("dt", { textContent: field.label }), make("dd", {}, content)));
      }
    }
    // In another account a role made the call, and the result does not say which session of it.
    const isItsOwn = identity && (!identity.account || texts[row[place.get("account")]] === identity.account);
    if (isItsOwn && row[place.get("operation")]) {
      list.append(make("div", {}, make("dt", { textContent: "Identity" }), make("dd", { textContent: identity.name })));
    }
    const cell = make("td", { colSpan: shownColumns() }, make("div", { className: "detail" }, list, ...rest));
    return make("tr", { id: `detail-${at}`, className: "detail-row" }, cell);
  };
  // A cell over columns that are not shown makes empty ones, which take the room of the others.
  const shownColumns = () => {
    const titles = [...document.querySelectorAll("#table thead th")];
    return titles.filter((title) => getComputedStyle(title).display !== "none").length || columns.length;
  };
  const fitDetails = (count) => {
    for (const cell of document.querySelectorAll(".detail-row > td")) cell.colSpan = count;
  };
  const itemsOf = (field, row) => {
    const list = make("ul", { className: "items" });
    for (const index of row[place.get(field.id)]) {
      const [color, label, title, paragraphs, code] = items[index];
      const mark = markOf({ color, label });
      const item = make("li", {}, make("p", { className: "what" }, mark, " ", textOf(title, row[NAME])));
      for (const one of paragraphs) item.append(make("p", { textContent: textOf(one, row[NAME]) }));
      if (code) item.append(copyable(textOf(code, row[NAME])));
      list.append(item);
    }
    return make("section", {}, make("h3", { textContent: field.label }), list);
  };
  const formsOf = ([shape, ...values], row) => {
    if (expired && Date.now() > Date.parse(expired.at)) return make("p", { className: "small", textContent: expired.why });
    const filled = (parts) => parts.map((part) => (typeof part === "number" ? fillOf(part) : part)).join("");
    const fillOf = (field) => (typeof values[field] === "number" ? textOf(values[field], row[NAME]) : values[field]);
    const section = make("section", { className: "forms" }, make("h3", { textContent: `The fix, in ${["", "one form", "two forms", "three forms", "four forms"][shapes[shape].length] ?? "forms"}` }));
    for (const form of shapes[shape]) {
      const box = make("details", {}, make("summary", { textContent: form.title }));
      for (const step of form.steps) box.append(make("p", { textContent: filled(step) }));
      for (const [name, text] of form.files) {
        box.append(make("h4", { textContent: filled(name) }), copyable(filled(text)));
      }
      section.append(box);
    }
    return section;
  };

  // 200 rows are drawn at a time: 50,000 would take the browser 9 seconds.
  const draw = () => {
    const start = isWhole ? 0 : state.page * WINDOW;
    const end = isWhole ? shown.length : Math.min(start + WINDOW, shown.length);
    const run = ++drawing;
    body.replaceChildren();
    const next = (from) => {
      if (run !== drawing) return;
      const to = Math.min(from + CHUNK, end), lines = [];
      for (let position = from; position < to; position += 1) lines.push(...rowsOf(shown[position], position));
      body.append(...lines);
      if (to < end) requestAnimationFrame(() => next(to));
    };
    next(start);
    table.setAttribute("aria-rowcount", shown.length + 1);
    const part = end - start < shown.length ? ` Rows ${number(start + 1)} to ${number(end)} are drawn.` : "";
    const count = shown.length === rows.length ? `All ${number(rows.length)}` : `${number(shown.length)} of ${number(rows.length)}`;
    find("shown").textContent = rows.length ? `${count} ${rows.length === 1 ? "row" : "rows"}.${part}` : "There is nothing to list.";
    find("cut").textContent = part && `${part} “Show all” draws the others, too.`;
    find("previous").disabled = start === 0;
    find("next").disabled = end === shown.length;
    find("all").textContent = `Show all ${number(shown.length)}, to print them`;
    find("pages").hidden = end - start === shown.length;
  };
  const drawControls = () => {
    find("search").value === state.q || (find("search").value = state.q);
    for (const button of find("statuses").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", state.statuses.has(button.value));
    }
    for (const select of find("choices").querySelectorAll("select")) {
      const value = state.choices.get(select.name) ?? "";
      if (![...select.options].some((option) => option.value === value)) select.append(make("option", { value, textContent: value }));
      select.value = value;
    }
    for (const head of table.tHead.querySelectorAll("th")) {
      const id = head.dataset.field;
      if (state.sort === id) head.setAttribute("aria-sort", "ascending");
      else if (state.sort === `-${id}`) head.setAttribute("aria-sort", "descending");
      else head.removeAttribute("aria-sort");
    }
    document.documentElement.dataset.theme = state.theme;
    find("theme").textContent = isDark() ? "Light" : "Dark";
    find("clear").disabled = !(state.q || state.statuses.size || state.choices.size);
  };
  const isDark = () => (state.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const update = () => {
    state = readState();
    isWhole = false;
    shown = filtered();
    if (state.open) {
      const position = shown.findIndex((at) => rows[at][NAME] === state.open);
      if (position >= 0) {
        opened.add(shown[position]);
        state.page = Math.floor(position / WINDOW);
      }
    }
    if (state.page * WINDOW >= shown.length) state.page = 0;
    drawControls();
    draw();
  };
  const toggle = (line) => {
    const at = Number(line.dataset.row), button = line.querySelector("button.name");
    if (opened.delete(at)) {
      line.nextSibling.remove();
      button.removeAttribute("aria-controls");
    } else {
      opened.add(at);
      line.after(detailOf(at));
      button.setAttribute("aria-controls", `detail-${at}`);
      history.replaceState(null, "", addressOf({ ...state, open: rows[at][NAME] }));
    }
    button.setAttribute("aria-expanded", opened.has(at));
  };

  const build = () => {
    for (const status of statuses) {
      const button = make("button", { type: "button", value: status.id, className: status.color, textContent: status.label });
      button.addEventListener("click", () => {
        const chosen = new Set(state.statuses);
        chosen.delete(status.id) || chosen.add(status.id);
        go({ statuses: chosen });
      });
      find("statuses").append(button);
    }
    for (const field of choices) {
      const counts = new Map();
      for (const row of rows) counts.set(row[field.index], (counts.get(row[field.index]) ?? 0) + 1);
      counts.delete(0);
      if (!counts.size) continue;
      const select = make("select", { name: field.id }, make("option", { value: "", textContent: "all" }));
      const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_OPTIONS);
      const named = most.map(([reference, count]) => [texts[reference], count]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
      for (const [value, count] of named) {
        select.append(make("option", { value, textContent: `${value.slice(0, 80)} (${number(count)})` }));
      }
      select.addEventListener("change", () => {
        const chosen = new Map(state.choices);
        select.value ? chosen.set(field.id, select.value) : chosen.delete(field.id);
        go({ choices: chosen });
      });
      find("choices").append(make("label", {}, `${field.label} `, select));
    }
    const heads = columns.map((field) => {
      const button = make("button", { type: "button", textContent: field.label });
      button.addEventListener("click", () => go({ sort: state.sort === field.id ? `-${field.id}` : field.id }));
      const head = make("th", { scope: "col", className: `${field.column} of-${field.id}` }, button);
      head.dataset.field = field.id;
      return head;
    });
    table.tHead.append(make("tr", { "aria-rowindex": 1 }, ...heads));
    find("search").addEventListener("input", (event) => go({ q: event.target.value }, true));
    find("filters").addEventListener("submit", (event) => event.preventDefault());
    find("clear").addEventListener("click", () => go({ q: "", statuses: new Set(), choices: new Map() }));
    find("theme").addEventListener("click", () => go({ theme: isDark() ? "light" : "dark", page: state.page }));
    const turn = (pages) => {
      go({ page: state.page + pages });
      find("rows-title").focus();
    };
    find("previous").addEventListener("click", () => turn(-1));
    find("next").addEventListener("click", () => turn(1));
    find("all").addEventListener("click", () => {
      isWhole = true;
      draw();
    });
    body.addEventListener("click", (event) => {
      const line = event.target.closest("tr[data-row]");
      if (line && (event.target.closest("button") || getSelection().isCollapsed)) toggle(line);
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      if (!link) return;
      if (link.className === "skip") event.preventDefault(); // what is chosen stays in the address
      setTimeout(() => find("rows-title").focus(), 0);
    });
    addEventListener("resize", () => fitDetails(shownColumns()));
    addEventListener("beforeprint", () => fitDetails(columns.length));
    addEventListener("afterprint", () => fitDetails(shownColumns()));
    addEventListener("hashchange", () => (location.hash.includes("=") || !location.hash) && update());
    for (const id of ["filters", "table", "theme"]) find(id).hidden = false;
  };
  build();
  update();
  // What the first search and the first look at an alphabet take is done before somebody waits for it.
  (window.requestIdleCallback ?? setTimeout)(() => {
    prepareSearch();
    orderOf(fields[NAME].id);
  });
})();
