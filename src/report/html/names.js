
/* Names of functions to their parts. */

/* The package or namespace of a function's name. */
function packageOf(name) {
  const bare = name.replace(/[[<].*$/, "");
  const scope = bare.indexOf("::");
  if (scope > 0) return bare.slice(0, scope);
  const path = bare.lastIndexOf("/", bare.indexOf("(") < 0 ? bare.length : bare.indexOf("("));
  const parts = bare.slice(path + 1).split(".");
  // Java: packages are in lower case, and the first part in upper case is a class.
  const type = parts.findIndex((part) => /^[A-Z]/.test(part));
  const end = path < 0 && type > 1 && !bare.includes("(") ? type : 1;
  if (parts.length <= end) return path < 0 ? "(no package)" : bare;
  return bare.slice(0, path + 1) + parts.slice(0, end).join(".");
}

/* The name from the last directory of its package on. */
function baseName(name) {
  const cut = name.search(/[[(<]/);
  const slash = name.lastIndexOf("/", cut < 0 ? name.length : cut);
  return slash < 0 ? name : name.slice(slash + 1);
}

/* The same without type arguments, for a narrow place, as in Go's tracebacks. */
const shortName = (name) => baseName(name).replace(/\[.{4,}\]/, "[…]");

/* A name with the directories of its package set apart. */
function nameParts(name) {
  const short = baseName(name);
  const directories = name.slice(0, name.length - short.length);
  return [directories ? el("span", { class: "pkg" }, directories) : null, short];
}

/* 53 bits of a text (two 32-bit multiply-and-rotate hashes): the same name has the same link in every report. */
function mix([a, b], text) {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b ^ code, 0x5f356495);
    b ^= b >>> 13;
  }
  return [a, b];
}

const linkOf = ([a, b]) => (a >>> 0).toString(16).padStart(8, "0") + (b >>> 0).toString(16).padStart(8, "0");
