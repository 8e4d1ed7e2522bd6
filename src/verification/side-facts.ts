/**
 * What must be known of one side before anything of it is compared: version and
 * roles. What fails is said, and the rest goes on.
 */
import { rolesSql } from "./access/rights.ts";
import type { Role } from "./access/role-names.ts";
import { uncheckedBecause } from "./failure.ts";
import type { Unchecked } from "./report.ts";
import type { TextRow } from "./side.ts";
import type { SideSnapshot } from "./side-snapshot.ts";

export interface SideFacts {
  /** Major version; undefined when it could not be read. */
  readonly major: number | undefined;
  /** Empty when they could not be read, which `unchecked` says. */
  readonly roles: readonly Role[];
  readonly unchecked: readonly Unchecked[];
}

/** Undefined when it could not be read; why is then in `unchecked`. */
export async function tried<T>(
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

export async function readSideFacts(side: SideSnapshot): Promise<SideFacts> {
  const unchecked: Unchecked[] = [];
  const [major, roles] = await Promise.all([
    tried(side, "server version", unchecked, async () => {
      const [row] = await side.read(majorSql);
      return Number(row?.["major"]);
    }),
    tried(side, "roles", unchecked, async () => (await side.read(rolesSql)).map(role)),
  ]);
  return { major, roles: roles ?? [], unchecked };
}
