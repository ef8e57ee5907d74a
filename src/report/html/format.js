
/* Numbers and elements to what is shown. Texts of a profile are set as text, never as markup. */

const by = (id) => document.getElementById(id);

/* A new element with properties, and children that are elements or texts. */
function el(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/* A value in the largest unit in which it is at least 1, as pprof prints it. */
function cost(value, steps) {
  const size = Math.abs(value);
  let [name, factor] = steps[0];
  for (const step of steps) if (size >= step[1]) [name, factor] = step;
  const number = (value / factor).toFixed(2).replace(/\.00$/, "");
  return number === "0" || number === "-0" ? "0" : number + name;
}

const signed = (value, steps) => (cost(value, steps) !== "0" && value > 0 ? "+" : "") + cost(value, steps);

/* An interval, to whole units of the metric. */
const between = (low, high, steps) => `${signed(Math.round(low), steps)} … ${signed(Math.round(high), steps)}`;

/* A part of a whole; none decimals from 1000 % on, two below 1 %. */
function percent(part) {
  const size = Math.abs(part);
  const decimals = size >= 10 ? 0 : size < 0.01 && size > 0 ? 2 : 1;
  return (part * 100).toFixed(decimals) + "%";
}

/* The relative change from `base` to `now`, or the word for what has none. */
function change(base, now) {
  if (base !== 0 && now === 0) return "gone";
  if (base !== 0) return ((now - base) / base >= 0 ? "+" : "") + percent((now - base) / base);
  return now === 0 ? "" : "new";
}

const direction = (delta) => (delta > 0 ? "more" : delta < 0 ? "less" : "");

/* Prose in which names stand in backticks, as elements. */
const prose = (text) => text.split("`").map((part, at) => (at % 2 ? el("code", {}, part) : part));

/* A regular expression from what was typed; a text that is none matches itself. */
function pattern(input) {
  const text = input.value;
  if (!text) return null;
  try {
    input.removeAttribute("aria-invalid");
    return new RegExp(text, /[A-Z]/.test(text) ? "" : "i");
  } catch {
    input.setAttribute("aria-invalid", "true");
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
  }
}

/* Calls `act` once typing has paused. */
function pausing(act) {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, 120);
  };
}
