// Whether node_modules holds what package-lock.json says, by npm's own record of
// what it installed. Exit code 1: no. Runs on any Node that npm runs on.
const { readFileSync } = require("node:fs");

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
};

const isFor = (list, own) =>
  list === undefined ||
  (list.some((name) => name.startsWith("!")) ? !list.includes(`!${own}`) : list.includes(own));

const wanted = read("package-lock.json");
const installed = read("node_modules/.package-lock.json");

/** npm leaves out optional packages of other machines, and what only those need. */
function mayBeMissing(place, entry) {
  if (!entry.optional) return false;
  if (!isFor(entry.os, process.platform) || !isFor(entry.cpu, process.arch)) return true;
  if (entry.libc !== undefined) return true;
  const asked = wanted[""].optionalDependencies ?? {};
  return entry.os === undefined && asked[place.replace("node_modules/", "")] === undefined;
}

function differs(place) {
  const entry = wanted[place];
  const there = installed[place];
  if (there === undefined) return !mayBeMissing(place, entry);
  return there.version !== entry.version || there.integrity !== entry.integrity;
}

const places = Object.keys(wanted ?? {}).filter((place) => place !== "");
process.exitCode = wanted === undefined || installed === undefined || places.some(differs) ? 1 : 0;
