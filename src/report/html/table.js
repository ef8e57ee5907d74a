
/* Rows to a table that draws no more of them than are seen. */

const COLUMNS = [
  { id: "name", title: "function", of: (row) => row.name },
  { id: "base", title: "base", of: (row) => row.base },
  { id: "now", title: "new", of: (row) => row.now },
  { id: "delta", title: "delta", of: (row) => row.delta },
  { id: "change", title: "change", of: (row) => (row.base === 0 ? (row.now === 0 ? -Infinity : Infinity) : row.delta / row.base) },
  { id: "interval", title: "interval of delta", of: (row) => row.low },
  { id: "q", title: "q", of: (row) => row.q },
  { id: "share", title: "share", of: (row) => row.newShare },
  { id: "status", title: "status", of: (row) => row.status },
];

/* The rows of one measure, flat or cum. */
function rowsOf(comparison, measure, statuses) {
  const { texts, rows, total } = comparison;
  const column = rows[measure];
  const at = (list, row) => (list.length > row ? list[row] : undefined);
  const part = (value, whole) => (whole === 0 ? 0 : value / whole);
  return rows.name.map((name, row) => {
    const [base, now] = [column.base[row], column.new[row]];
    return {
      row,
      name: texts[name],
      base,
      now,
      delta: at(column.delta, row) ?? now - base,
      low: at(column.low, row),
      high: at(column.high, row),
      q: at(column.q, row),
      baseShare: at(column.base_share, row) ?? part(base, total.base),
      newShare: at(column.new_share, row) ?? part(now, total.new),
      status: statuses[column.status[row]],
    };
  });
}

class Table {
  constructor(place, open) {
    this.open = open;
    this.order = { id: "delta", isDown: true };
    this.selected = null;
    this.top = el("div", { class: "row top", role: "row" });
    this.body = el("div", { class: "body", role: "rowgroup", tabIndex: 0, "aria-label": "Functions, sorted" });
    place.replaceChildren(el("div", { role: "rowgroup" }, this.top), this.body);
    this.body.addEventListener("scroll", () => this.draw());
    this.body.addEventListener("keydown", (event) => this.press(event));
  }

  show(rows, steps) {
    this.rows = rows;
    this.steps = steps;
    this.columns = COLUMNS.filter(({ id }) => {
      return (id !== "interval" && id !== "q") || rows.some((row) => row[id === "q" ? "q" : "low"] !== undefined);
    });
    this.body.parentElement.classList.toggle("plain", this.columns.length < COLUMNS.length);
    this.heads();
  }

  has(id) {
    return this.columns.some((column) => column.id === id);
  }

  heads() {
    this.top.replaceChildren(
      ...this.columns.map((column) => {
        const sort = this.order.id === column.id ? (this.order.isDown ? "descending" : "ascending") : "none";
        const button = el("button", { type: "button", onclick: () => this.sort(column.id) }, column.title);
        return el("div", { role: "columnheader", class: column.id, "aria-sort": sort }, button);
      }),
    );
  }

  sort(id) {
    const isText = id === "name" || id === "status";
    this.order = { id, isDown: this.order.id === id ? !this.order.isDown : !isText };
    this.heads();
    this.filter(this.wanted);
  }

  /* Shows the rows that are wanted, in order: deltas by size, other numbers by value. */
  filter(wanted) {
    this.wanted = wanted;
    const { of, id } = COLUMNS.find((column) => column.id === this.order.id);
    const way = this.order.isDown ? -1 : 1;
    const value = (row) => (id === "delta" ? Math.abs(row.delta) : of(row));
    const compare = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === y) return a.row - b.row;
      if (x === undefined) return 1;
      if (y === undefined) return -1;
      return (x < y ? -1 : 1) * way;
    };
    this.shown = this.rows.filter(wanted).sort(compare);
    this.body.scrollTop = 0;
    this.draw();
    return this.shown;
  }

  draw() {
    const height = (this.height = matchMedia("(max-width: 760px)").matches ? 52 : 30);
    const first = Math.max(0, Math.floor(this.body.scrollTop / height) - 4);
    const count = Math.ceil(this.body.clientHeight / height) + 8;
    const space = el("div", {});
    space.style.height = `${this.shown.length * height}px`;
    const lines = this.shown.slice(first, first + count).map((row, at) => {
      const line = this.line(row, first + at);
      line.style.top = `${(first + at) * height}px`;
      return line;
    });
    this.body.replaceChildren(space, ...lines);
  }

  line(row, index) {
    const { steps } = this;
    const number = (id, text, extra = "") => el("span", { class: `num ${id} ${extra}`, role: "cell" }, text);
    const interval = row.low === undefined ? "–" : between(row.low, row.high, steps);
    const line = el(
      "div",
      { class: "row", role: "row", "aria-rowindex": index + 2, "aria-selected": String(row.name === this.selected), title: row.name },
      el("span", { class: "name", role: "cell" }, el("bdi", {}, ...nameParts(row.name))),
      number("base", cost(row.base, steps)),
      number("now", cost(row.now, steps)),
      number("delta", `${arrow(row.base, row.now)} ${signed(row.delta, steps)}`, direction(row.delta)),
      number("change", change(row.base, row.now), direction(row.delta)),
      this.has("interval") ? number("interval", interval) : null,
      this.has("q") ? number("q", row.q === undefined ? "–" : row.q.toPrecision(2)) : null,
      number("share", `${percent(row.baseShare)} → ${percent(row.newShare)}`),
      el("span", { class: "status", role: "cell" }, row.status),
    );
    line.addEventListener("click", () => this.open(row.name));
    return line;
  }

  select(name) {
    this.selected = name;
    this.draw();
  }

  press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = this.shown.findIndex((row) => row.name === this.selected);
    if (step) {
      const row = this.shown[Math.max(0, Math.min(this.shown.length - 1, at + step))];
      if (!row) return;
      event.preventDefault();
      this.selected = row.name;
      const line = (at + step) * this.height;
      if (line < this.body.scrollTop || line + 2 * this.height > this.body.scrollTop + this.body.clientHeight) this.body.scrollTop = line - 2 * this.height;
      this.draw();
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      this.open(this.selected);
    }
  }
}
