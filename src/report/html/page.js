
/* The page: its state, in the controls and in the address, and what follows from it. */

const data = JSON.parse(by("data").textContent);
const state = { comparison: null, trees: new Map(), how: "function", function: null };

const tip = by("tip");
const flame = new Flame(by("flame"), {
  hover(node, event) {
    tip.hidden = node < 0;
    if (node < 0) return;
    tip.replaceChildren(...about(node));
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const y = event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 18;
    tip.style.left = `${Math.max(4, x)}px`;
    tip.style.top = `${Math.max(4, y)}px`;
  },
  focus(node) {
    by("frame").replaceChildren(...sentence(node));
  },
  zoom(node) {
    showCrumbs(node);
    by("frame").replaceChildren(...sentence(node));
    remember();
  },
  open(node) {
    if (node > 0 && state.how === "function" && flame.tree.key[node] !== FOLDED) openFunction(flame.tree.name(node));
  },
});
const table = new Table(by("grid"), openFunction);

/* Both sides of a node, the new one scaled when parts of totals are compared. */
const sidesOf = (node) => [flame.tree.base[node], flame.tree.now[node]];

function about(node) {
  const { tree } = flame;
  const [base, now] = sidesOf(node);
  return [
    el("div", { class: "name" }, tree.name(node)),
    tree.file(node) ? el("div", { class: "note path" }, tree.file(node)) : "",
    facts(base, now, tree.base[0], tree.now[0], state.comparison.steps),
    tree.key[node] === FOLDED && node !== 0 ? el("div", { class: "note" }, "call paths too small to draw") : "",
  ];
}

/* The focused frame in one line, which is read aloud. */
function sentence(node) {
  const { tree } = flame;
  const { steps } = state.comparison;
  const [base, now] = sidesOf(node);
  const word = isNew(base, now) ? " new" : isGone(base, now) ? " gone" : "";
  const name = tree.name(node);
  const isFunction = state.how === "function" && node > 0 && tree.key[node] !== FOLDED;
  return [
    isFunction ? el("button", { type: "button", class: "link name", onclick: () => openFunction(name) }, ...nameParts(name)) : el("span", { class: "name" }, name),
    ` base ${cost(base, steps)} (${percent(tree.base[0] ? base / tree.base[0] : 0)}), new ${cost(now, steps)} (${percent(tree.now[0] ? now / tree.now[0] : 0)}), `,
    el("strong", { class: direction(now - base) }, `${arrow(base, now)} ${signed(now - base, steps)} ${word ? "" : change(base, now)}${word}`),
    tree.file(node) ? el("span", { class: "note path" }, ` ${tree.file(node)}`) : "",
  ];
}

function showCrumbs(node) {
  const path = flame.tree.path(node);
  const shown = path.length > 9 ? [...path.slice(0, 2), -1, ...path.slice(-6)] : path;
  const crumb = (at) => {
    if (at < 0) return el("span", { class: "sep" }, `… ${path.length - 8} more`);
    const name = flame.tree.name(at);
    if (at === node) return el("span", { class: "here", "aria-current": "location", title: name }, shortName(name));
    return el("button", { type: "button", class: "link", title: name, onclick: () => flame.zoom(at) }, shortName(name));
  };
  by("crumbs").replaceChildren(...shown.flatMap((at, index) => (index ? [el("span", { class: "sep" }, "›"), crumb(at)] : [crumb(at)])));
}

function tree(how) {
  if (!state.trees.has(how)) state.trees.set(how, treeOf(state.comparison, how));
  return state.trees.get(how);
}

/* What new costs are multiplied by for drawing. */
function factor() {
  const { tree } = flame;
  return by("scale").value === "part" && tree.now[0] > 0 ? tree.base[0] / tree.now[0] || 1 : 1;
}

function showTree() {
  const found = tree(state.how);
  by("stacks").hidden = !found;
  if (!found) return;
  flame.tree = found;
  flame.factor = factor();
  flame.show(found);
  search();
  flame.zoom(0);
}

function search() {
  const wanted = pattern(by("search"));
  const { tree } = flame;
  if (!wanted) {
    flame.matches = null;
    by("matched").textContent = "";
  } else {
    const keys = new Set();
    tree.names.forEach((name, key) => wanted.test(name) && keys.add(key));
    flame.matches = keys;
    const sum = tree.outermost(keys).reduce(([base, now], node) => [base + tree.base[node], now + tree.now[node]], [0, 0]);
    const { steps } = state.comparison;
    const part = (value, total) => (total ? ` (${percent(value / total)})` : "");
    by("matched").textContent =
      `${keys.size} matched: base ${cost(sum[0], steps)}${part(sum[0], tree.base[0])}, new ${cost(sum[1], steps)}${part(sum[1], tree.now[0])}, ` +
      `delta ${signed(sum[1] - sum[0], steps)} ${change(...sum)}`;
    by("matched").dataset.base = sum[0];
    by("matched").dataset.now = sum[1];
  }
  flame.draw();
}

function filterTable() {
  const wanted = pattern(by("filter"));
  const status = by("status").value;
  const shown = table.filter((row) => (!wanted || wanted.test(row.name)) && (!status || row.status === status));
  const left = state.comparison.rows_left_out;
  by("count").textContent =
    `${shown.length} of ${table.rows.length} functions` + (left ? `; ${left} that changed least are in the JSON report alone` : "");
}

function showTable() {
  table.show(state.comparison.byMeasure(by("measure").value), state.comparison.steps);
  filterTable();
}

/* Shows a function below the graph and finds it there, or closes what is shown. */
function openFunction(name, isQuiet) {
  state.function = name;
  table.select(name);
  if (name === null) by("function").hidden = true;
  else showFunction(by("function"), name, state.comparison, tree("function"), openFunction, data.statuses);
  if (name !== null && isQuiet !== true) by("function").scrollIntoView({ block: "nearest" });
  remember();
}

/* The address names what is shown, so that it can be passed on. */
function remember() {
  const parts = new URLSearchParams();
  const number = data.comparisons.indexOf(state.comparison);
  if (number > 0) parts.set("comparison", number);
  if (state.how !== "function") parts.set("merge", state.how);
  if (flame.tree && flame.zoomed !== 0) parts.set("frame", flame.tree.link(flame.zoomed));
  if (state.function !== null) parts.set("function", state.function);
  const text = parts.toString();
  if (location.hash.slice(1) !== text) history.replaceState(null, "", text ? `#${text}` : "#");
}

function follow() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = Number(parts.get("comparison")) || 0;
  const how = KEYS[parts.get("merge")] ? parts.get("merge") : "function";
  const [frame, name] = [parts.get("frame"), parts.get("function")];
  const comparison = data.comparisons[number] || data.comparisons[0];
  const isMergedAnew = how !== state.how;
  by("merge").value = state.how = how;
  by("pick").value = String(Math.max(0, data.comparisons.indexOf(comparison)));
  if (comparison !== state.comparison) choose(comparison);
  else if (isMergedAnew) showTree();
  if (flame.tree) flame.zoom(frame ? Math.max(0, flame.tree.find(frame)) : 0);
  if (state.comparison) openFunction(name || null, true);
}

/* Shows one comparison. */
function choose(comparison) {
  if (!comparison) return;
  state.comparison = comparison;
  state.trees = new Map();
  state.function = null;
  const { stacks, base, new: now } = comparison;
  comparison.scales = stacks ? [base.length / stacks.base_divisor, now.length / stacks.new_divisor] : [1, 1];
  const measured = {};
  comparison.byMeasure = (measure) => (measured[measure] ||= rowsOf(comparison, measure, data.statuses));
  by("function").hidden = true;
  showSummary(by("summary"), comparison, data.limits, openFunction);
  showTable();
  showTree();
  showChanged(by("changed"), tree("function"), comparison, (node) => {
    by("merge").value = state.how = "function";
    if (flame.tree !== tree("function")) showTree();
    flame.zoom(node);
    by("stacks").scrollIntoView({ block: "start" });
  });
  const folded = stacks && stacks.below !== null;
  by("folded").textContent = folded
    ? `Call paths below ${Number((stacks.below * 100).toPrecision(2))}% of the larger side's total are folded into “(folded)” under their callers: ` +
      `${cost(stacks.folded[0] / stacks.base_divisor, comparison.steps)} of base, ${cost(stacks.folded[1] / stacks.new_divisor, comparison.steps)} of new. Totals stay exact.`
    : "";
}

function dress() {
  flame.colours = palette();
  showLegend(by("legend"), flame.colours);
  if (flame.tree) flame.draw();
}

function setTheme(name) {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  by("theme").textContent = `Theme: ${name || "system"}`;
  dress();
}

by("theme").addEventListener("click", () => {
  const order = [undefined, "light", "dark"];
  setTheme(order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length]);
});
by("pick").append(...data.comparisons.map((comparison, at) => el("option", { value: String(at) }, `${comparison.title} (${comparison.verdict})`)));
by("pick-field").hidden = data.comparisons.length < 2;
by("status").append(...data.statuses.map((status) => el("option", { value: status }, status)));
by("pick").addEventListener("change", () => (choose(data.comparisons[Number(by("pick").value)]), remember()));
by("width").addEventListener("change", () => {
  flame.mode = by("width").value;
  flame.weigh();
  flame.draw();
});
by("scale").addEventListener("change", () => {
  flame.factor = factor();
  flame.weigh();
  flame.draw();
});
by("merge").addEventListener("change", () => {
  state.how = by("merge").value;
  showTree();
});
by("flip").addEventListener("click", () => {
  flame.isFlipped = !flame.isFlipped;
  by("flip").setAttribute("aria-pressed", String(flame.isFlipped));
  flame.draw();
});
by("search").addEventListener("input", pausing(search));
by("filter").addEventListener("input", pausing(filterTable));
by("status").addEventListener("change", filterTable);
by("measure").addEventListener("change", showTable);
document.addEventListener("keydown", (event) => {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    by("search").focus();
  } else if (event.key === "Escape" && document.activeElement === by("search")) {
    by("search").value = "";
    search();
    by("flame").focus();
  }
});
by("flame").addEventListener("blur", () => flame.tree && flame.draw());
addEventListener("resize", pausing(() => {
  if (flame.tree) flame.draw();
  if (state.comparison) table.draw();
}));
addEventListener("hashchange", follow);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);

document.title = `profgate: ${data.verdict}`;
showVerdict(by("verdict"), data);
by("about").textContent = `Written by profgate ${data.version}. The page loads nothing and sends nothing.`;
setTheme(undefined);
follow();
document.documentElement.dataset.ready = "true";
performance.mark("profgate:ready");
