/**
 * What two catalogs do not have in common. Pure.
 */
import { around } from "../../core/around.ts";
import type { Difference, Weight } from "../report.ts";
import type { SideLabel } from "../side.ts";
import type { CatalogObject, ObjectKind } from "./object.ts";
import { ordersByCode, sameCollation, sameLocale } from "./locale.ts";
import { comparePrints, type Majors } from "./prints.ts";

/** What foreign data wrappers are told, passwords among it, is compared and shown to nobody. */
const secrets: ReadonlySet<string> = new Set([
  "foreign-server options",
  "table foreign-options",
  "column foreign-options",
]);

function versionParts(version: string): number[] {
  return version.split(/[.\-+]/).map((part) => Number.parseInt(part, 10) || 0);
}

/** A newer server brings newer extensions; an older one on the target lacks what the source used. */
function isOlder(version: string, than: string): boolean {
  const [a, b] = [versionParts(version), versionParts(than)];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Left out by the migration service: the one is set up anew by who follows it, the other takes a superuser. */
const notCarried: ReadonlySet<ObjectKind> = new Set(["publication", "event-trigger"]);

function weigh(key: string, source: string | null, target: string | null, majors: Majors): Weight {
  // Each provider has its own default locale; order of texts changes with it, the texts do not.
  if (key === "database locale") return "may-be-cosmetic";
  if (source === null || target === null) return "different";
  if (key === "database collation") {
    return ordersByCode(source) && ordersByCode(target) ? "may-be-cosmetic" : "different";
  }
  if (key === "extension version" && !isOlder(target, source)) return "may-be-cosmetic";
  return comparePrints(key, source, target, majors) === "perhaps" ? "may-be-cosmetic" : "different";
}

function sameFact(
  key: string,
  source: string | null,
  target: string | null,
  majors: Majors,
): boolean {
  if (source === target) return true;
  if (source === null || target === null) return false;
  if (key === "database locale") return sameLocale(source, target);
  if (key === "database collation") return sameCollation(source, target);
  if (key === "collation locale") return sameLocale(source, target);
  return comparePrints(key, source, target, majors) === "same";
}

/** The object as people should look for it: a database has no name of its own here. */
function shownName(object: CatalogObject): string {
  return object.name === "" ? object.kind : object.name;
}

const withTable: ReadonlySet<ObjectKind> = new Set([
  "column",
  "constraint",
  "index",
  "trigger",
  "rule",
  "policy",
]);

/** Of each text, however long: thousands of functions may differ, and a report has to hold them all. */
const shownAround = { length: 2000, before: 500 };

function shown(
  object: CatalogObject,
  fact: string,
  value: string | null,
  beside: string | null = null,
): string | null {
  const isSecret = object.secret === true || secrets.has(`${object.kind} ${fact}`);
  if (isSecret && value !== null) return "[secret]";
  return value === null ? null : around([value, beside ?? ""], shownAround)[0];
}

function tableOf(object: CatalogObject): { table?: string } {
  if (object.kind === "table") return { table: object.name };
  return withTable.has(object.kind) && object.parent !== null ? { table: object.parent } : {};
}

function differingFacts(
  source: CatalogObject,
  target: CatalogObject,
  majors: Majors,
): Difference[] {
  const facts = new Set([...Object.keys(source.facts), ...Object.keys(target.facts)]);
  const undecided = new Set([...(source.undecided ?? []), ...(target.undecided ?? [])]);
  const mayBeCosmetic = source.mayBeCosmetic === true || target.mayBeCosmetic === true;
  return [...facts].flatMap((fact) => {
    const key = `${source.kind} ${fact}`;
    const one = source.facts[fact] ?? null;
    const other = target.facts[fact] ?? null;
    if (sameFact(key, one, other, majors)) return [];
    return [
      {
        code: `${source.kind}-${fact}-differs`,
        object: shownName(source),
        weight:
          mayBeCosmetic || undecided.has(fact) ? "may-be-cosmetic" : weigh(key, one, other, majors),
        source: shown(source, fact, one, other),
        target: shown(target, fact, other, one),
        ...tableOf(source),
      },
    ];
  });
}

const telling = [
  "definition",
  "type",
  "kind",
  "version",
  "text",
  "tables",
  "event",
  "privileges",
  "value",
] as const;

/** The most telling of its facts, for an object that the other side lacks. */
function summary(object: CatalogObject): string {
  const fact = telling.find((one) => (object.facts[one] ?? null) !== null);
  return (
    (fact === undefined ? null : shown(object, fact, object.facts[fact] ?? null)) ?? object.kind
  );
}

/** Left by a CREATE INDEX CONCURRENTLY that failed: no query reads it, and a dump leaves it out. */
function isUseless({ kind, facts }: CatalogObject): boolean {
  return kind === "index" && facts["validity"] === "invalid";
}

function onlyOn(side: SideLabel, object: CatalogObject, parents: Alone): Difference {
  if (side === "source" && isUseless(object)) {
    return {
      code: "index-invalid-on-source",
      object: shownName(object),
      weight: "warns",
      source: "invalid",
      target: null,
      ...tableOf(object),
    };
  }
  const leftBehind = side === "source" && notCarried.has(object.kind);
  const ofOtherVersion = object.member !== undefined && parents[side].has(object.member);
  return {
    code: side === "source" ? `${object.kind}-missing` : `${object.kind}-only-on-target`,
    object: shownName(object),
    weight:
      leftBehind || ofOtherVersion || object.mayBeCosmetic === true
        ? "may-be-cosmetic"
        : "different",
    source: side === "source" ? summary(object) : null,
    target: side === "target" ? summary(object) : null,
    ...tableOf(object),
  };
}

function byKey(objects: readonly CatalogObject[]): Map<string, CatalogObject> {
  return new Map(objects.map((object) => [`${object.kind} ${object.name}`, object]));
}

function without(
  objects: ReadonlyMap<string, CatalogObject>,
  others: ReadonlyMap<string, CatalogObject>,
): CatalogObject[] {
  return [...objects].flatMap(([key, object]) => (others.has(key) ? [] : [object]));
}

/** These never share a name. */
const namedApart: ReadonlySet<ObjectKind> = new Set([
  "schema",
  "table",
  "view",
  "sequence",
  "index",
  "column",
  "function",
]);

/** As `parent` calls it: with its kind where another object may have the same name. */
function parentName({ kind, name }: CatalogObject): string {
  return namedApart.has(kind) ? name : `${kind} ${name}`;
}

/** Objects that only one side has, as `parent` calls them, a list for each side. */
export interface Alone {
  readonly source: Set<string>;
  readonly target: Set<string>;
}

export function nobodyAlone(): Alone {
  return { source: new Set(), target: new Set() };
}

/** Of these is compared only what belongs to them. */
const notToldAlone: ReadonlySet<ObjectKind> = new Set(["extension-member"]);

/** What belongs to a missing object is missing with it; the one line says so. */
function onlyOnSide(
  side: SideLabel,
  objects: readonly CatalogObject[],
  { parents, alone }: { readonly parents: Alone; readonly alone: Alone },
): Difference[] {
  for (const object of objects) alone[side].add(parentName(object));
  return objects
    .filter(({ kind }) => !notToldAlone.has(kind))
    .filter(({ parent }) => parent === null || !parents[side].has(parent))
    .map((object) => onlyOn(side, object, parents));
}

/**
 * Objects that only the target has count as well: what they hold was never on
 * the source. `alone` is added to; `parents` are the ones alone among the kinds
 * that objects of these kinds can belong to.
 */
export function catalogDifferences(
  source: readonly CatalogObject[],
  target: readonly CatalogObject[],
  majors: Majors,
  among: { readonly parents: Alone; readonly alone: Alone },
): Difference[] {
  const [ours, theirs] = [byKey(source), byKey(target)];
  const both = [...ours].flatMap(([key, object]) => {
    const other = theirs.get(key);
    return other === undefined ? [] : differingFacts(object, other, majors);
  });
  return [
    ...onlyOnSide("source", without(ours, theirs), among),
    ...onlyOnSide("target", without(theirs, ours), among),
    ...both,
  ];
}
