
/* A tree to boxes on a canvas, and keys, clicks and touches to the frame that is meant. */

const ROW = 20;
const MOST_ROWS = 600;
/* Boxes narrower than this many pixels are not drawn, with all that is in them. */
const NARROWEST = 0.6;

class Flame {
  /* `events` are told of the frame under the pointer or focus, of a zoom, and of the wish to see a function. */
  constructor(canvas, events) {
    this.canvas = canvas;
    this.events = events;
    this.pen = canvas.getContext("2d");
    this.mode = "max";
    this.isFlipped = false;
    this.factor = 1;
    this.matches = null;
    this.zoomed = 0;
    this.focused = 0;
    this.rows = [];
    canvas.addEventListener("mousemove", (event) => events.hover(this.at(event), event));
    canvas.addEventListener("mouseleave", () => events.hover(-1));
    canvas.addEventListener("click", (event) => {
      const node = this.at(event);
      if (node >= 0) this.zoom(node);
    });
    canvas.addEventListener("keydown", (event) => this.press(event));
    canvas.addEventListener("focus", () => events.focus(this.focused));
  }

  show(tree) {
    this.tree = tree;
    this.zoomed = this.focused = 0;
    this.matches = null;
    this.weigh();
  }

  /* The width of every node in the chosen mode: its callees' and what its own code costs. */
  weigh() {
    const { tree, mode, factor } = this;
    const width = new Float64Array(tree.count);
    for (let node = tree.count - 1; node >= 0; node--) {
      const [base, now] = [Math.max(0, tree.ownBase[node]), Math.max(0, tree.ownNew[node] * factor)];
      width[node] += mode === "base" ? base : mode === "new" ? now : Math.max(base, now);
      if (node > 0) width[tree.parent[node]] += width[node];
    }
    this.width = width;
  }

  zoom(node) {
    this.zoomed = node;
    this.focused = node;
    this.draw();
    this.events.zoom(node);
  }

  /* Lays the boxes out, callers of the zoomed frame across the whole width. */
  layOut(width) {
    const { tree, zoomed } = this;
    const rows = [];
    const put = (depth, node, x, w) => (rows[depth] = rows[depth] || []).push({ node, x, w });
    const path = tree.path(zoomed);
    path.slice(0, -1).forEach((node, depth) => put(depth, node, 0, width));
    const scale = this.width[zoomed] > 0 ? width / this.width[zoomed] : 0;
    put(path.length - 1, zoomed, 0, width);
    // Row by row, so that the boxes of each stand from left to right.
    for (let depth = path.length - 1; rows[depth] && depth + 1 < MOST_ROWS; depth++) {
      for (const { node, x } of rows[depth]) {
        let at = x;
        for (let child = tree.start[node]; child < tree.start[node + 1]; child++) {
          const w = this.width[tree.child[child]] * scale;
          if (w >= NARROWEST) put(depth + 1, tree.child[child], at, w);
          at += w;
        }
      }
    }
    return rows;
  }

  draw() {
    const started = performance.now();
    const { canvas, pen, tree } = this;
    const width = canvas.parentElement.clientWidth;
    this.rows = this.layOut(width);
    const height = Math.max(this.rows.length, 3) * ROW;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(height * density)) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
      canvas.style.height = `${height}px`;
    }
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.fillStyle = this.colours.card;
    pen.fillRect(0, 0, width, height);
    pen.font = "12px system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
    pen.textBaseline = "middle";
    this.rows.forEach((row, depth) => {
      const y = this.top(depth);
      for (const box of row) this.box(box, y, depth < tree.depth[this.zoomed]);
    });
    this.outline();
    performance.measure("profgate:draw", { start: started, end: performance.now() });
  }

  top(depth) {
    return (this.isFlipped ? this.rows.length - 1 - depth : depth) * ROW;
  }

  box({ node, x, w }, y, isCaller) {
    const { pen, tree, factor } = this;
    const width = Math.max(w - (w > 3 ? 1 : 0), 0.5);
    const base = tree.base[node];
    const now = tree.now[node] * factor;
    const isDim = this.matches !== null && !this.matches.has(tree.key[node]);
    pen.globalAlpha = isCaller ? 0.6 : 1;
    const ink = fillBox(pen, this.colours, x, y, width, ROW - 1, base, now, isDim);
    if (w >= 26) {
      pen.fillStyle = ink;
      const text = [sign(base, now), shortName(tree.name(node))].filter((part) => part).join(" ");
      pen.fillText(fit(pen, text, w - 8), x + 4, y + ROW / 2);
    }
    pen.globalAlpha = 1;
  }

  /* Marks the frame that keys act on. */
  outline() {
    const place = this.place(this.focused);
    if (!place || document.activeElement !== this.canvas) return;
    this.pen.strokeStyle = this.colours.focus;
    this.pen.lineWidth = 2;
    this.pen.strokeRect(place.box.x + 1, this.top(place.depth) + 1, Math.max(place.box.w - 2, 2), ROW - 3);
  }

  place(node) {
    const depth = this.tree.depth[node];
    const box = (this.rows[depth] || []).find((box) => box.node === node);
    return box ? { box, depth } : null;
  }

  /* The node under the pointer, -1 if there is none. */
  at(event) {
    const area = this.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - area.top) / ROW);
    const depth = this.isFlipped ? this.rows.length - 1 - row : row;
    const x = event.clientX - area.left;
    const found = (this.rows[depth] || []).find((box) => x >= box.x && x < box.x + box.w);
    return found ? found.node : -1;
  }

  focus(node) {
    this.focused = node;
    this.draw();
    const place = this.place(node);
    if (place) {
      const [top, view] = [this.top(place.depth), this.canvas.parentElement];
      if (top < view.scrollTop) view.scrollTop = top;
      else if (top + ROW > view.scrollTop + view.clientHeight) view.scrollTop = top + ROW - view.clientHeight;
    }
    this.events.focus(node);
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { tree } = this;
    const [inward, outward] = this.isFlipped ? ["ArrowUp", "ArrowDown"] : ["ArrowDown", "ArrowUp"];
    const sibling = (step) => {
      const place = this.place(this.focused);
      if (!place) return this.zoomed;
      const row = this.rows[place.depth];
      return (row[row.indexOf(place.box) + step] || place.box).node;
    };
    const first = () => [...tree.children(this.focused)].find((child) => this.place(child));
    const moves = {
      [inward]: () => this.focus(first() ?? this.focused),
      [outward]: () => this.focus(tree.parent[this.focused]),
      ArrowLeft: () => this.focus(sibling(-1)),
      ArrowRight: () => this.focus(sibling(1)),
      Enter: () => this.zoom(this.focused),
      Escape: () => this.zoom(tree.parent[this.zoomed]),
      Backspace: () => this.zoom(tree.parent[this.zoomed]),
      Home: () => this.zoom(0),
      " ": () => this.events.open(this.focused),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }
}

/* As much of `text` as fits in `width` pixels. */
function fit(pen, text, width) {
  // Most letters are wider than 4 pixels: nothing longer needs to be measured.
  if (text.length > width / 4) text = text.slice(0, Math.ceil(width / 4));
  const whole = pen.measureText(text).width;
  if (whole <= width) return text;
  let kept = Math.floor((text.length * width) / whole) - 1;
  while (kept > 1 && pen.measureText(text.slice(0, kept) + "…").width > width) kept--;
  return kept > 1 ? text.slice(0, kept) + "…" : "";
}
