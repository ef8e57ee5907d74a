
/* Differences to colours, marks and hatching. Blue and orange are told apart in every common kind of colour blindness. */

/* The difference as a part of the larger side: -1 for what is gone, 1 for what is new. */
function lean(base, now) {
  const larger = Math.max(Math.abs(base), Math.abs(now));
  return larger === 0 ? 0 : Math.max(-1, Math.min(1, (now - base) / larger));
}

const LEAN_STEPS = [0.02, 0.1, 0.3, 0.6];
const LEAN_WORDS = ["under 2 %", "2 to 10 %", "10 to 30 %", "30 to 60 %", "over 60 %"];

/* From -4, much less, to 4, much more. */
function leanStep(part) {
  const size = Math.abs(part);
  let step = 0;
  while (step < LEAN_STEPS.length && size >= LEAN_STEPS[step]) step++;
  return part < 0 ? -step : step;
}

const isNew = (base, now) => base === 0 && now !== 0;
const isGone = (base, now) => base !== 0 && now === 0;

/* The sign that says the same as the colour. */
function sign(base, now) {
  if (isNew(base, now)) return "+";
  if (isGone(base, now)) return "×";
  const step = leanStep(lean(base, now));
  return step > 0 ? "▲" : step < 0 ? "▼" : "";
}

/* The sign for running text, where words say what is new and gone. */
const arrow = (base, now) => (leanStep(lean(base, now)) > 0 ? "▲" : leanStep(lean(base, now)) < 0 ? "▼" : "");

/* The colours of the current scheme, by step, each with the ink that is read on it. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(name).trim();
  const luminance = (hex) => {
    const full = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(full.slice(at, at + 2), 16) / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const of = (name) => {
    const back = get(name);
    return { back, ink: luminance(back) > 0.2 ? "#14171a" : "#ffffff" };
  };
  const colours = { same: of("--same"), dim: of("--dim"), card: get("--card"), focus: get("--focus"), ink: get("--ink"), soft: get("--soft"), stripe: get("--stripe") };
  const steps = {};
  for (let step = 1; step <= 4; step++) {
    steps[step] = of(`--more-${step}`);
    steps[-step] = of(`--less-${step}`);
  }
  steps[0] = colours.same;
  return { ...colours, steps, hatch: hatches(colours.stripe) };
}

/* Hatching for what is new and for what is gone, as patterns. */
function hatches(ink) {
  const make = (draw) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = ink;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.45;
    pen.beginPath();
    draw(pen);
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  };
  const rising = (pen) => {
    for (const from of [-8, 0, 8]) {
      pen.moveTo(from, 8);
      pen.lineTo(from + 8, 0);
    }
  };
  return {
    fresh: make(rising),
    gone: make((pen) => {
      rising(pen);
      for (const from of [-8, 0, 8]) {
        pen.moveTo(from, 0);
        pen.lineTo(from + 8, 8);
      }
    }),
  };
}

/* Fills a frame's box in the colour and hatching of its costs; an edge on top or below says the direction again. */
function fillBox(pen, colours, x, y, width, height, base, now, isDim) {
  const step = leanStep(lean(base, now));
  const { back, ink } = isDim ? colours.dim : colours.steps[step];
  pen.fillStyle = back;
  pen.fillRect(x, y, width, height);
  if (!isDim && width >= 3) {
    if (isNew(base, now) || isGone(base, now)) {
      pen.fillStyle = isNew(base, now) ? colours.hatch.fresh : colours.hatch.gone;
      pen.fillRect(x, y, width, height);
    } else if (step !== 0) {
      pen.fillStyle = ink;
      pen.globalAlpha = 0.5;
      pen.fillRect(x, step > 0 ? y : y + height - 2, width, 2);
      pen.globalAlpha = 1;
    }
  }
  return ink;
}

/* What the colours mean. */
function showLegend(place, colours) {
  const sample = (base, now, text) => {
    const box = el("canvas", { width: 52, height: 28 });
    const pen = box.getContext("2d");
    pen.scale(2, 2);
    const ink = fillBox(pen, colours, 0, 0, 26, 14, base, now, false);
    pen.fillStyle = ink;
    pen.font = "10px sans-serif";
    pen.textAlign = "center";
    pen.fillText(sign(base, now), 13, 11);
    return el("span", {}, box, text);
  };
  place.replaceChildren(
    el("span", {}, "Difference, as a part of the larger side:"),
    sample(0, 1, "new"),
    sample(20, 100, "▲ " + LEAN_WORDS[4]),
    sample(60, 100, "▲ " + LEAN_WORDS[3]),
    sample(80, 100, "▲ " + LEAN_WORDS[2]),
    sample(95, 100, "▲ " + LEAN_WORDS[1]),
    sample(1, 1, LEAN_WORDS[0]),
    sample(100, 95, "▼ " + LEAN_WORDS[1]),
    sample(100, 80, "▼ " + LEAN_WORDS[2]),
    sample(100, 60, "▼ " + LEAN_WORDS[3]),
    sample(100, 20, "▼ " + LEAN_WORDS[4]),
    sample(1, 0, "gone"),
  );
}
