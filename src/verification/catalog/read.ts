/**
 * Reads the catalog of one side, one statement per kind of object. A kind that
 * cannot be read is said so and compared on neither side.
 */
import { uncheckedBecause } from "../failure.ts";
import type { Unchecked } from "../report.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import { defaultPrivileges, grants, settings } from "./access.ts";
import { comments } from "./comments.ts";
import { eventTriggers, extensions, functions, statistics, types } from "./definitions.ts";
import { type CatalogObject, type CatalogQuery, type ObjectKind, catalogObject } from "./object.ts";
import { publications } from "./publications.ts";
import {
  columns,
  constraints,
  database,
  indexes,
  policies,
  rules,
  schemas,
  tables,
  triggers,
  views,
} from "./relations.ts";

/** The slow ones first. */
const queries: readonly CatalogQuery[] = [
  columns,
  constraints,
  functions,
  indexes,
  views,
  tables,
  types,
  triggers,
  policies,
  grants,
  rules,
  comments,
  statistics,
  publications,
  eventTriggers,
  defaultPrivileges,
  settings,
  extensions,
  schemas,
  database,
];

export interface Catalog {
  readonly objects: readonly CatalogObject[];
  readonly unread: ReadonlySet<ObjectKind>;
  readonly unchecked: readonly Unchecked[];
}

async function readKind(
  side: SideSnapshot,
  query: CatalogQuery,
  ignoredSchemas: readonly string[],
): Promise<CatalogObject[] | Unchecked> {
  try {
    const rows = await side.read(query.sql(ignoredSchemas));
    return rows.map((row) => catalogObject(query.kind, row));
  } catch (error) {
    return uncheckedBecause(side.label, query.subject, error);
  }
}

export async function readCatalog(
  side: SideSnapshot,
  ignoredSchemas: readonly string[],
): Promise<Catalog> {
  const objects: CatalogObject[] = [];
  const unread = new Set<ObjectKind>();
  const unchecked: Unchecked[] = [];
  await Promise.all(
    queries.map(async (query) => {
      const answer = await readKind(side, query, ignoredSchemas);
      if (Array.isArray(answer)) return objects.push(...answer);
      unread.add(query.kind);
      return unchecked.push(answer);
    }),
  );
  return { objects, unread, unchecked };
}
