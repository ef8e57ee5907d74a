
/* The verdict, what it rests on, and what changed most. */

const SIGNS = { pass: "✓ pass", warn: "! warn", fail: "✕ fail", inconclusive: "? inconclusive" };

function showVerdict(place, data) {
  place.className = data.verdict;
  place.replaceChildren(el("span", { class: "badge" }, SIGNS[data.verdict]), el("h1", {}, ...prose(data.headline)));
}

/* One side's total as a bar. */
function sideLine(name, runs, value, larger, steps, kind) {
  const bar = el("i", { class: kind });
  bar.style.width = `${larger > 0 ? (100 * value) / larger : 0}%`;
  const samples = runs.reduce((sum, run) => sum + run.samples, 0);
  const detail = `${runs.length} run${runs.length === 1 ? "" : "s"}, ${samples} sample${samples === 1 ? "" : "s"}`;
  return [el("span", {}, name), el("span", { class: "gauge", title: detail }, bar), el("span", { class: "num" }, cost(value, steps))];
}

/* The functions whose own cost changed most, less to the left and more to the right. */
function movers(comparison, open) {
  const { steps } = comparison;
  const rows = comparison.byMeasure("flat").filter((row) => row.delta !== 0);
  const top = rows.sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta) || a.row - b.row).slice(0, 10);
  const largest = top.length ? Math.abs(top[0].delta) : 1;
  const line = (row) => {
    const bar = el("i", { class: row.delta > 0 ? "up" : "down" });
    bar.style.width = `${(50 * Math.abs(row.delta)) / largest}%`;
    const word = isNew(row.base, row.now) ? " new" : isGone(row.base, row.now) ? " gone" : "";
    return el(
      "li",
      { title: `${row.name}: ${cost(row.base, steps)} → ${cost(row.now, steps)}` },
      el("button", { type: "button", class: "link name", onclick: () => open(row.name) }, shortName(row.name)),
      el("span", { class: "axis" }, bar),
      el("span", { class: `num ${direction(row.delta)}` }, `${signed(row.delta, steps)}${word}`),
    );
  };
  return el(
    "div",
    { class: "card" },
    el("h2", {}, "Where the cost went"),
    el("p", { class: "note" }, "Own cost of functions, the ten largest differences."),
    top.length ? el("ol", { class: "plain movers" }, ...top.map(line)) : el("p", { class: "note" }, "No function's own cost changed."),
  );
}

function showSummary(place, comparison, limits, open) {
  const { total, steps, violations } = comparison;
  const larger = Math.max(total.base, total.new);
  const runs = (side) => side.map((run, at) => el("li", {}, `${at + 1}: ${run.source}, ${run.samples} samples, ${cost(run.total, steps)}${run.seconds ? `, ${run.seconds.toFixed(1)} s` : ""}`));
  const totals = el(
    "div",
    { class: "card" },
    el("h2", {}, comparison.title),
    el("div", { class: "sides" }, ...sideLine("base", comparison.base, total.base, larger, steps, "base"), ...sideLine("new", comparison.new, total.new, larger, steps, "new")),
    el("p", { class: `total ${direction(total.delta)}` }, `${arrow(total.base, total.new)} ${signed(total.delta, steps)} ${total.change}`),
    total.interval ? el("p", { class: "note" }, `interval ${between(...total.interval, steps)}`) : null,
    el("p", { class: "note" }, comparison.method),
    el("details", { class: "note" }, el("summary", {}, "Runs"), el("h3", {}, "base"), el("ul", { class: "plain path" }, ...runs(comparison.base)), el("h3", {}, "new"), el("ul", { class: "plain path" }, ...runs(comparison.new))),
  );
  const subject = ({ function: name }) => (name === null ? "the whole profile" : el("button", { type: "button", class: "link name", onclick: () => open(name) }, ...nameParts(name)));
  const broken = (violation) =>
    el(
      "li",
      {},
      el("span", { class: `level is-${violation.level}` }, violation.level),
      el("span", {}, subject(violation), ` ${violation.measure === "total" ? "" : violation.measure}`),
      el("span", { class: `num ${direction(violation.change.delta)}` }, `${cost(violation.change.base, steps)} → ${cost(violation.change.new, steps)} ${violation.change.change}`),
      el("span", { class: "why" }, `${violation.limit}: ${cost(violation.allowed, steps)} allowed`),
    );
  const left = comparison.violations_left_out;
  const count = violations.length + left;
  const verdict = el(
    "div",
    { class: "card" },
    el("h2", {}, count === 0 ? "No limit is broken" : `${count} limit${count === 1 ? " is" : "s are"} broken`),
    comparison.undecided.length ? el("ul", { class: "scroll note" }, ...comparison.undecided.map((message) => el("li", {}, ...prose(message)))) : null,
    count ? el("ul", { class: "plain broken scroll", tabIndex: 0 }, ...violations.map(broken)) : null,
    left ? el("p", { class: "note" }, `${left} more are in the JSON report.`) : null,
    ...comparison.accepted.map(({ message, reason, until }) => el("p", { class: "note" }, ...prose(`Accepted${until ? ` until ${until}` : ""}: ${message} (${reason})`))),
    el(
      "details",
      { class: "note", open: count === 0 },
      el("summary", {}, "Limits in force, and what to keep in mind"),
      el("ul", {}, ...limits.map((limit) => el("li", {}, `${limit.name}${limit.builtin ? " (built in)" : ""}: `, el("code", {}, limit.expression), limit.level === "warn" ? " (warns)" : ""))),
      el("ul", {}, ...comparison.caveats.map(([code, message]) => el("li", {}, ...prose(`${message} (${code})`)))),
    ),
  );
  place.replaceChildren(totals, movers(comparison, open), verdict);
}

/* The paths whose last frame's own cost changed most. */
function showChanged(place, tree, comparison, zoom) {
  const list = by("changed-list");
  place.hidden = !tree;
  if (!tree) return;
  const own = (node) => tree.ownNew[node] - tree.ownBase[node];
  const nodes = Array.from({ length: tree.count - 1 }, (_, at) => at + 1).filter((node) => tree.key[node] !== FOLDED && own(node) !== 0);
  nodes.sort((a, b) => Math.abs(own(b)) - Math.abs(own(a)) || a - b);
  const item = (node) => {
    const { steps } = comparison;
    const [base, now] = [tree.ownBase[node], tree.ownNew[node]];
    const names = tree.path(node).slice(1).map((at) => tree.name(at));
    const near = names.slice(-3).map(shortName).join(" › ");
    return el(
      "li",
      {},
      el("span", { class: `num delta ${direction(now - base)}` }, `${arrow(base, now)} ${signed(now - base, steps)}`),
      el("span", { class: "num note" }, `${cost(base, steps)} → ${cost(now, steps)} ${change(base, now)}`),
      el("button", { type: "button", class: "link path", title: names.join(" › "), onclick: () => zoom(node) }, names.length > 3 ? el("span", { class: "far" }, `${names.length - 3} callers › `) : null, near),
    );
  };
  list.replaceChildren(...nodes.slice(0, 20).map(item));
}
