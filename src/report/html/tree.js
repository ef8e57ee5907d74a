
/* The columns of the island to a call tree, merged by function, package or line. */

const FOLDED = -1;

/*
 * A tree as columns. Node 0 is the whole profile; a caller stands before its callees. `key` is a position in `names`,
 * or FOLDED. Costs are means of a side's runs.
 */
class Tree {
  constructor(count) {
    this.parent = new Int32Array(count);
    this.key = new Int32Array(count).fill(FOLDED);
    this.ownBase = new Float64Array(count);
    this.ownNew = new Float64Array(count);
    this.base = new Float64Array(count);
    this.now = new Float64Array(count);
    this.depth = new Int32Array(count);
    this.count = count;
    this.names = [];
    this.files = [];
  }

  name(node) {
    if (node === 0) return "all stacks";
    if (this.key[node] !== FOLDED) return this.names[this.key[node]];
    return this.isFolded ? "(folded)" : "(no frame)";
  }

  file(node) {
    return this.key[node] === FOLDED ? "" : this.files[this.key[node]] || "";
  }

  delta(node) {
    return this.now[node] - this.base[node];
  }

  /* The nodes from the whole to `node`. */
  path(node) {
    const path = [node];
    while (node !== 0) path.push((node = this.parent[node]));
    return path.reverse();
  }

  /* Fills totals and lists of callees, those with the larger cost on either side first, what was folded last. */
  finish() {
    const { parent, base, now, ownBase, ownNew, depth, count } = this;
    base.set(ownBase);
    now.set(ownNew);
    this.start = new Int32Array(count + 1);
    for (let node = count - 1; node > 0; node--) {
      base[parent[node]] += base[node];
      now[parent[node]] += now[node];
      this.start[parent[node] + 1]++;
    }
    for (let node = 1; node < count; node++) depth[node] = depth[parent[node]] + 1;
    for (let node = 0; node < count; node++) this.start[node + 1] += this.start[node];
    const size = (node) => (this.key[node] === FOLDED ? -1 : Math.max(base[node], now[node]));
    this.child = Int32Array.from({ length: count - 1 }, (_, at) => at + 1);
    const sizes = Float64Array.from({ length: count }, (_, node) => size(node));
    this.child.sort((a, b) => parent[a] - parent[b] || sizes[b] - sizes[a] || a - b);
    return this;
  }

  children(node) {
    return this.child.subarray(this.start[node], this.start[node + 1]);
  }

  /* The key that a link names a node by. */
  link(node) {
    let hash = [0x2545f491, 0x6a09e667];
    for (const at of this.path(node).slice(1)) hash = mix(hash, this.name(at) + "\n");
    return linkOf(hash);
  }

  /* The node that a link names, or -1. */
  find(link) {
    const hashes = [[0x2545f491, 0x6a09e667]];
    const [first, second] = [link.slice(0, 8), link.slice(8)].map((half) => parseInt(half, 16) | 0);
    for (let node = 1; node < this.count; node++) {
      const [a, b] = (hashes[node] = mix(hashes[this.parent[node]], this.name(node) + "\n"));
      if (a === first && b === second && linkOf([a, b]) === link) return node;
    }
    return -1;
  }

  /* The outermost nodes with one of `keys`, so that no cost counts twice. */
  outermost(keys, from = 0) {
    const found = [];
    const waiting = [from];
    while (waiting.length) {
      const node = waiting.pop();
      if (this.key[node] !== FOLDED && keys.has(this.key[node])) found.push(node);
      else for (const child of this.children(node)) waiting.push(child);
    }
    return found;
  }
}

/* Keys for frames: what makes two frames one, and its name. */
const KEYS = {
  function: (name) => name,
  package: (name) => packageOf(name),
  line: (name, file, line) => (line > 0 ? `${name}:${line}` : name),
};

/* The tree of a comparison, merged by `how`, or null without stacks. */
function treeOf(comparison, how) {
  const { stacks, texts } = comparison;
  if (!stacks) return null;
  const names = [];
  const files = [];
  const known = new Map();
  const keys = stacks.frame_function.map((fn, frame) => {
    const line = stacks.frame_line[frame];
    const [name, file] = [texts[stacks.function[fn]], texts[stacks.file[fn]]];
    const text = KEYS[how](name, file, line);
    let key = known.get(text);
    if (key === undefined) {
      known.set(text, (key = names.length));
      names.push(text);
      files.push(how === "package" ? "" : how === "line" && line > 0 && file ? `${file}:${line}` : file);
    }
    return key;
  });
  const count = stacks.frame.length;
  const merged = new Int32Array(count);
  const parents = [0];
  const nodeKeys = [FOLDED];
  const [base, now] = [[0], [0]];
  const path = [0];
  const index = new Map();
  const width = names.length + 1;
  for (let row = 0; row < count; row++) {
    const depth = stacks.depth[row];
    const caller = path[depth];
    const key = stacks.frame[row] < 0 ? FOLDED : keys[stacks.frame[row]];
    let node;
    if (how === "package" && key !== FOLDED && caller !== 0 && nodeKeys[caller] === key) {
      node = caller;
    } else {
      const place = caller * width + key + 1;
      node = index.get(place);
      if (node === undefined) {
        index.set(place, (node = parents.length));
        parents.push(caller);
        nodeKeys.push(key);
        base.push(0);
        now.push(0);
      }
    }
    base[node] += (stacks.base[row] * stacks.step) / stacks.base_divisor;
    now[node] += (stacks.new[row] * stacks.step) / stacks.new_divisor;
    path[depth + 1] = node;
    merged[row] = node;
  }
  const tree = new Tree(parents.length);
  tree.parent.set(parents);
  tree.key.set(nodeKeys);
  tree.ownBase.set(base);
  tree.ownNew.set(now);
  tree.names = names;
  tree.files = files;
  tree.keyOf = known;
  tree.isFolded = stacks.below !== null;
  return tree.finish();
}

/*
 * Callers and callees of the function with `key`: name to base and new. Each call path counts an edge once, however
 * often the stack recurs through it.
 */
function neighbours(tree, key) {
  const callers = new Map();
  const callees = new Map();
  const add = (map, node, name) => {
    const sum = map.get(name) || { name, base: 0, now: 0 };
    sum.base += tree.base[node];
    sum.now += tree.now[node];
    map.set(name, sum);
  };
  const recurs = (node, caller, callee) => {
    for (let at = tree.parent[node]; at !== 0; at = tree.parent[at]) {
      if (tree.key[at] === callee && tree.key[tree.parent[at]] === caller) return true;
    }
    return false;
  };
  for (let node = 1; node < tree.count; node++) {
    if (tree.key[node] !== key) continue;
    const parent = tree.parent[node];
    if (!recurs(node, tree.key[parent], key)) add(callers, node, parent === 0 ? "" : tree.name(parent));
    for (const child of tree.children(node)) {
      if (tree.key[child] === FOLDED || !recurs(child, key, tree.key[child])) add(callees, child, tree.name(child));
    }
  }
  const list = (map) => [...map.values()].sort((a, b) => Math.max(b.base, b.now) - Math.max(a.base, a.now));
  return [list(callers), list(callees)];
}
