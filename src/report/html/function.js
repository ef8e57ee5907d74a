
/* One function: what it costs, run by run; its callers and callees; its source lines. */

/* Base, new and delta of anything, side by side. */
function facts(base, now, totalBase, totalNew, steps) {
  const delta = now - base;
  const share = (value, total) => (total ? percent(value / total) : "");
  const line = (name, value, part, kind) => [el("b", {}, name), el("span", { class: `num ${kind}` }, value), el("span", { class: `num ${kind}` }, part)];
  return el(
    "div",
    { class: "facts" },
    ...line("base", cost(base, steps), share(base, totalBase), ""),
    ...line("new", cost(now, steps), share(now, totalNew), ""),
    ...line("delta", `${arrow(base, now)} ${signed(delta, steps)}`, change(base, now), direction(delta)),
  );
}

/* Callers or callees as a table. */
function peekTable(title, list, steps, open) {
  const most = 12;
  const row = ({ name, base, now }) =>
    el(
      "tr",
      {},
      el("td", { class: "name" }, name === "" ? "(outermost)" : name === "(folded)" ? name : el("button", { type: "button", class: "link", onclick: () => open(name) }, ...nameParts(name))),
      el("td", { class: "num opt" }, cost(base, steps)),
      el("td", { class: "num opt" }, cost(now, steps)),
      el("td", { class: `num ${direction(now - base)}` }, `${arrow(base, now)} ${signed(now - base, steps)}`),
      el("td", { class: `num ${direction(now - base)}` }, change(base, now)),
    );
  const head = () => ["function", "base", "new", "delta", "change"].map((text, at) => el("th", { scope: "col", class: at === 1 || at === 2 ? "opt" : "" }, text));
  const table = (rows) => el("table", { class: "peek" }, el("thead", {}, el("tr", {}, ...head())), el("tbody", {}, ...rows.map(row)));
  const rest = list.slice(most);
  return el(
    "div",
    {},
    el("h3", {}, `${title} (${list.length})`),
    list.length ? table(list.slice(0, most)) : el("p", { class: "note" }, "none"),
    rest.length ? el("details", {}, el("summary", { class: "note" }, `${rest.length} more`), table(rest)) : null,
  );
}

function svg(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/* Runs of both sides as marks on one scale. A mark far from its side's others is drawn apart (3.5 median deviations). */
function strip(values, comparison, scales) {
  const baseRuns = comparison.base.length;
  const sides = [values.slice(0, baseRuns).map((value) => value * scales[0]), values.slice(baseRuns).map((value) => value * scales[1])];
  const all = sides.flat();
  const [low, high] = [Math.min(0, ...all), Math.max(...all, 1e-9)];
  const width = matchMedia("(max-width: 760px)").matches ? 350 : 640;
  const end = width - 16;
  const x = (value) => 44 + ((value - low) / (high - low || 1)) * (end - 44);
  const picture = svg("svg", { viewBox: `0 0 ${width} 70`, class: "strip", role: "img", "aria-label": "Cost in each run" });
  const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
  sides.forEach((side, at) => {
    const y = 16 + at * 26;
    picture.append(svg("text", { x: 0, y: y + 4 }, at ? "new" : "base"), svg("line", { x1: 44, x2: end, y1: y, y2: y, class: "axis" }));
    if (!side.length) return;
    const middle = median(side);
    const spread = median(side.map((value) => Math.abs(value - middle))) * 1.4826;
    const mean = side.reduce((sum, value) => sum + value, 0) / side.length;
    picture.append(svg("line", { x1: x(mean), x2: x(mean), y1: y - 9, y2: y + 9, class: "mean" }));
    const runs = at ? comparison.new : comparison.base;
    side.forEach((value, run) => {
      const isFar = side.length > 3 && spread > 0 && Math.abs(value - middle) > 3.5 * spread;
      const mark = isFar
        ? svg("path", { d: `M${x(value)} ${y - 7}l6 12h-12z`, class: "mark far" })
        : svg("circle", { cx: x(value), cy: y, r: 4.5, class: "mark" });
      mark.append(svg("title", {}, `run ${run + 1}, ${runs[run].source}: ${cost(value, comparison.steps)}${isFar ? ", far from the others" : ""}`));
      picture.append(mark);
    });
  });
  picture.append(svg("text", { x: x(low), y: 68 }, cost(low, comparison.steps)), svg("text", { x: end, y: 68, "text-anchor": "end" }, cost(high, comparison.steps)));
  return picture;
}

/* The source lines of a function with what they cost on both sides. */
function listing({ file, first, lines }, comparison) {
  const { steps, stacks } = comparison;
  const [base, now] = [stacks.base_divisor, stacks.new_divisor];
  const cells = (before, after) => {
    if (before === 0 && after === 0) return ["", "", ""];
    return [cost(before / base, steps), cost(after / now, steps), `${arrow(before / base, after / now)} ${signed(after / now - before / base, steps)}`];
  };
  const row = ([text, flatBase, flatNew, cumBase, cumNew], at) => {
    const [flat, cum] = [cells(flatBase, flatNew), cells(cumBase, cumNew)];
    const isHot = cum.some((cell) => cell !== "");
    return el("tr", { class: isHot ? "hot" : "" }, ...[flat[2], cum[0], cum[1], cum[2], String(first + at)].map((cell, at) => el("td", { class: at < 3 ? "num opt" : "num" }, cell)), el("td", { class: "text" }, text));
  };
  const head = ["flat delta", "cum base", "cum new", "cum delta", "line", ""].map((text, at) => el("td", { class: at < 3 ? "opt" : "" }, text));
  return el("div", {}, el("h3", {}, file), el("div", { class: "wide" }, el("table", { class: "lines" }, el("tbody", {}, el("tr", {}, ...head), ...lines.map(row)))));
}

/* Shows the function called `name`. */
function showFunction(place, name, comparison, tree, open, statuses) {
  const { steps, total } = comparison;
  const row = comparison.rows.name.findIndex((text) => comparison.texts[text] === name);
  const measured = row < 0 ? [] : ["flat", "cum"].map((measure) => [measure, comparison.byMeasure(measure)[row]]);
  const numbers = measured.map(([measure, change]) =>
    el(
      "div",
      {},
      el("h3", {}, measure === "flat" ? "flat: its own code" : "cum: with what it calls"),
      facts(change.base, change.now, total.base, total.new, steps),
      el("p", { class: "note" }, change.status, change.low === undefined ? "" : `, interval of delta ${between(change.low, change.high, steps)}, q ${change.q.toPrecision(2)}`),
      comparison.runs[row] ? strip(comparison.runs[row][measure === "flat" ? 0 : 1], comparison, comparison.scales) : null,
    ),
  );
  const key = tree && tree.keyOf.get(name);
  const [callers, callees] = key === undefined ? [[], []] : neighbours(tree, key);
  const peek = key === undefined ? null : el("div", { class: "cols" }, peekTable("Callers", callers, steps, open), peekTable("Callees", callees, steps, open));
  const file = row < 0 ? "" : comparison.texts[comparison.rows.file[row]];
  const sources = comparison.listings.filter((listing) => listing.function === name);
  place.hidden = false;
  place.replaceChildren(
    el("div", { class: "head" }, el("h2", { id: "function-title", class: "name" }, ...nameParts(name)), el("button", { type: "button", class: "quiet", onclick: () => open(null) }, "Close")),
    file ? el("p", { class: "note path" }, file) : "",
    el("div", { class: "cols" }, ...numbers),
    peek || el("p", { class: "note" }, "It lies on no call path that is large enough to be shown."),
    ...sources.map((source) => listing(source, comparison)),
  );
}
