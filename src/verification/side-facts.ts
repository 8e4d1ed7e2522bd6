/**
 * All that is read of one side before its rows: version, catalog, layouts of
 * the tables, sequences. What fails is said, and the rest goes on.
 */
import { rolesSql } from "./access/rights.ts";
import type { Role } from "./access/role-names.ts";
import { type Catalog, readCatalog } from "./catalog/read.ts";
import type { ObjectKind } from "./catalog/object.ts";
import { type TableLayout, layoutSql, tableLayout } from "./contents/layout.ts";
import { uncheckedBecause } from "./failure.ts";
import type { Unchecked } from "./report.ts";
import { type SequenceState, readSequenceStates } from "./sequences/state.ts";
import { sequenceObject } from "./sequences/verdict.ts";
import type { TextRow } from "./side.ts";
import type { SideSnapshot } from "./side-snapshot.ts";

export interface SideFacts extends Catalog {
  /** Major version; undefined when it could not be read. */
  readonly major: number | undefined;
  /** Empty when they could not be read, which `unchecked` says. */
  readonly roles: readonly Role[];
  readonly layouts: readonly TableLayout[];
  readonly sequences: readonly SequenceState[];
}

async function tried<T>(
  side: SideSnapshot,
  subject: string,
  unchecked: Unchecked[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    unchecked.push(uncheckedBecause(side.label, subject, error));
    return undefined;
  }
}

function role(row: TextRow): Role {
  return { name: row["name"] ?? "", service: row["service"] === "t" };
}

const majorSql = `select pg_catalog.current_setting('server_version_num')::int4 / 10000 as major`;

export async function readSideFacts(
  side: SideSnapshot,
  ignoredSchemas: readonly string[],
): Promise<SideFacts> {
  const failed: Unchecked[] = [];
  const [layouts, sequences, catalog, major, roles] = await Promise.all([
    tried(side, "tables", failed, async () => {
      const rows = await side.read(layoutSql(ignoredSchemas));
      return rows.map(tableLayout);
    }),
    tried(side, "sequences", failed, () => readSequenceStates(side, ignoredSchemas)),
    readCatalog(side, ignoredSchemas),
    tried(side, "server version", failed, async () => {
      const [row] = await side.read(majorSql);
      return Number(row?.["major"]);
    }),
    tried(side, "roles", failed, async () => (await side.read(rolesSql)).map(role)),
  ]);
  const unread = new Set<ObjectKind>(catalog.unread);
  if (sequences === undefined) unread.add("sequence");
  return {
    major,
    roles: roles ?? [],
    layouts: layouts ?? [],
    sequences: sequences ?? [],
    objects: [...catalog.objects, ...(sequences ?? []).map(sequenceObject)],
    unread,
    unchecked: [...catalog.unchecked, ...failed],
  };
}
