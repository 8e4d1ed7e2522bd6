/**
 * The objects of one database that a copy does not take as they are, or not at
 * all: every kind by a query of its own, all of them in one round trip.
 */
import type pg from "pg";
import { markerSchema } from "../../marker.ts";
import { altered } from "./objects/altered.ts";
import type { ObjectQuery } from "./objects/scope.ts";
import { uncarried } from "./objects/uncarried.ts";

const queries = { ...uncarried, ...altered };

export type ObjectKind = keyof typeof queries;

export interface ObjectFacts {
  readonly kind: ObjectKind;
  /** Quoted and qualified, as it can be pasted. */
  readonly name: string;
  /** What else there is to know: an index's table, a column's type. */
  readonly detail: string | null;
}

/** `roles` of the plan: their settings for every database count too. */
export async function readObjects(
  client: pg.Client,
  roles: readonly string[],
): Promise<readonly ObjectFacts[]> {
  const version = await client.query<{ server_version_num: string }>("SHOW server_version_num");
  const major = Number(version.rows[0]?.server_version_num);
  const parts = Object.entries<ObjectQuery>(queries)
    .filter(([, { since = 0 }]) => major >= since)
    .map(
      ([kind, { sql }]) =>
        `SELECT '${kind}'::text, q.name::text, q.detail::text FROM (${sql}) q (name, detail)`,
    );
  const all = `SELECT all_of_them.kind, all_of_them.name, all_of_them.detail FROM (${parts.join("\nUNION ALL\n")}) all_of_them (kind, name, detail) ORDER BY 1, 2, 3`;
  return (await client.query<ObjectFacts>(all, [markerSchema, roles])).rows;
}
