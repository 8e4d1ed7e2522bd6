/**
 * Compares the catalogs of two sides, a kind of objects at a time and name by
 * name: neither catalog is ever held. A kind that one side cannot be asked for is
 * not compared, because all of it would seem missing.
 */
import { isNamedAlike, type NameRoles, type RoleMap, roleNames } from "../access/role-names.ts";
import type { Alongside } from "../alongside.ts";
import { readBoth } from "../read-both.ts";
import type { Difference, Unchecked } from "../report.ts";
import type { SideLabel, TextRow } from "../side.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import type { SequenceTexts } from "../sequences/compare.ts";
import { type Alone, catalogDifferences, nobodyAlone } from "./differences.ts";
import { generations, kindsWithoutRoles } from "./kinds.ts";
import type { Majors } from "./prints.ts";
import { type CatalogObject, type CatalogQuery, catalogObject, objectsSql } from "./object.ts";

export interface CatalogRequest {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
  readonly majors: Majors;
  readonly roles: RoleMap;
  readonly ignoredSchemas: readonly string[];
}

export interface CatalogComparison {
  readonly differences: readonly Difference[];
  readonly unchecked: readonly Unchecked[];
  /** Objects of the source. */
  readonly objects: number;
  /** For whoever compares where they stand; empty where they could not be read. */
  readonly sequences: readonly SequenceTexts[];
}

interface KindFound {
  readonly differences: Difference[];
  readonly alone: Alone;
  readonly sequences: SequenceTexts[];
  objects: number;
}

type Comparer = (
  source: readonly CatalogObject[],
  target: readonly CatalogObject[],
  found: KindFound,
) => void;

function comparer({ majors, roles }: CatalogRequest, parents: Alone): Comparer {
  const olderMajor = Math.min(majors.source, majors.target);
  const named = (side: SideLabel): NameRoles => roleNames({ side, roles, olderMajor });
  const [ours, theirs] = [named("source"), named("target")];
  return (source, target, found) => {
    const among = { parents, alone: found.alone };
    const differences = catalogDifferences(ours(source), theirs(target), majors, among);
    // Not spread: of very many, the arguments of a call would be too many.
    for (const difference of differences) found.differences.push(difference);
  };
}

const nameOf = (row: TextRow): string => row["name"] ?? "";
const textOf = (row: TextRow): string => row["object"] ?? "";

/** The same text on both sides: of very many objects, nearly all. */
function isSameText({ source, target }: Alongside): boolean {
  if (source.length !== target.length) return false;
  if (source.length === 1) return source[0]?.["object"] === target[0]?.["object"];
  const texts = target.map(textOf).toSorted();
  return source
    .map(textOf)
    .toSorted()
    .every((text, at) => text === texts[at]);
}

/** One text for both where they are the same: there may be very many. */
function sequenceTexts(rows: Alongside): SequenceTexts {
  const [source, target] = [rows.source[0]?.["object"], rows.target[0]?.["object"]];
  const ours = source ?? undefined;
  return { source: ours, target: source === target ? ours : (target ?? undefined) };
}

async function compareKind(
  request: CatalogRequest,
  query: CatalogQuery,
  compare: Comparer,
): Promise<{ readonly found: KindFound | undefined; readonly unchecked: readonly Unchecked[] }> {
  const { source, target, ignoredSchemas, roles } = request;
  const { kind, subject } = query;
  const objects = (rows: readonly TextRow[]): CatalogObject[] =>
    rows.map((row) => query.object?.(textOf(row)) ?? catalogObject(kind, textOf(row)));
  const { result, unchecked } = await readBoth(
    { source, target, subject, sql: objectsSql(query, ignoredSchemas), nameOf },
    (): KindFound => ({ differences: [], alone: nobodyAlone(), sequences: [], objects: 0 }),
    (found, rows) => {
      found.objects += rows.source.length;
      if (kind === "sequence") found.sequences.push(sequenceTexts(rows));
      // The same role may have become another, and the same text then says something else.
      const isSame =
        isSameText(rows) &&
        (kindsWithoutRoles.has(kind) ||
          objects(rows.source).every((object) => isNamedAlike(object, roles)));
      if (!isSame) compare(objects(rows.source), objects(rows.target), found);
    },
  );
  return { found: result, unchecked };
}

function addNames(to: Alone, { source, target }: Alone): void {
  for (const name of source) to.source.add(name);
  for (const name of target) to.target.add(name);
}

/** Throws what is neither a server's answer nor the network's. */
export async function compareCatalogs(request: CatalogRequest): Promise<CatalogComparison> {
  const parents = nobodyAlone();
  const compare = comparer(request, parents);
  const all: KindFound[] = [];
  const unchecked: Unchecked[] = [];
  for (const kinds of generations) {
    const reading = kinds.map((kind) => compareKind(request, kind, compare));
    // oxlint-disable-next-line no-await-in-loop -- what is missing is known before what belongs to it
    const read = await Promise.all(reading);
    const found = read.flatMap((one) => one.found ?? []);
    for (const { alone } of found) addNames(parents, alone);
    all.push(...found);
    unchecked.push(...read.flatMap((one) => one.unchecked));
  }
  return {
    differences: all.flatMap(({ differences }) => differences),
    unchecked,
    objects: all.reduce((sum, { objects }) => sum + objects, 0),
    sequences: all.flatMap(({ sequences }) => sequences),
  };
}
