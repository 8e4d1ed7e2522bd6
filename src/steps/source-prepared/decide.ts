/** From the named tables as they are to what is left to do, forwards and backwards: pure. */
import type { StepContext } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import { unfitFindings } from "./findings.ts";
import { identityBefore, sameIdentity, type PreparedTable } from "./identity.ts";
import type { SourcePreparedSettings } from "./settings.ts";

export interface PreparedSeen {
  readonly admin: string;
  /** The named tables that are there. */
  readonly tables: readonly PreparedTable[];
}

const isFull = ({ identity }: PreparedTable): boolean => identity.kind === "f";

export function decidePrepared(
  { tables, admin }: PreparedSeen,
  { replicaIdentityFull: wanted }: SourcePreparedSettings,
): Verdict {
  const [finding, ...others] = unfitFindings(tables, wanted, admin);
  if (finding !== undefined) return { is: "blocked", findings: [finding, ...others] };
  const open = tables.filter((table) => !isFull(table));
  const [first, ...rest] = open.map(({ name }) => actionFor("replica-identity-full", name));
  if (first !== undefined) {
    return {
      is: "unmet",
      because: `${count(open)} of the source cannot be followed yet`,
      actions: [first, ...rest],
    };
  }
  return {
    is: "satisfied",
    because: `${count(tables)} of the source ${tables.length === 1 ? "is" : "are"} followed by the whole row`,
    facts: { replicaIdentityFull: tables.length },
  };
}

/**
 * A table that is published must keep an identity: without one PostgreSQL
 * refuses the applications' updates and deletes of it. So a publication that
 * was not there before is waited for; Azure's service drops its own.
 */
export function decidePutBack({ tables }: PreparedSeen, { notes }: StepContext): Verdict {
  const changed = tables.flatMap((table) => {
    const before = identityBefore(notes, table.name);
    const ours =
      before !== undefined && isFull(table) && !sameIdentity(before.identity, table.identity);
    return ours ? [{ table, before }] : [];
  });
  const published = changed.filter(({ table, before }) =>
    isNewlyPublished(table, before.publications),
  );
  const free = changed.filter((each) => !published.includes(each));
  const [first, ...rest] = free.map(({ table }) => actionFor("replica-identity-back", table.name));
  if (first !== undefined) {
    return {
      is: "unmet",
      because: "tables of the source are followed by the whole row because of this run",
      actions: [first, ...rest],
    };
  }
  const [waited] = published;
  if (waited === undefined) {
    return {
      is: "satisfied",
      because: "every table has the replica identity from before this run",
    };
  }
  const { name, publications } = waited.table;
  return {
    is: "waiting",
    for: "world",
    reason: `table ${name} keeps REPLICA IDENTITY FULL while the publication ${publications.join(", ")} has it: without one the applications' updates of it would be refused`,
  };
}

function isNewlyPublished({ publications }: PreparedTable, before: readonly string[]): boolean {
  return publications.some((name) => !before.includes(name));
}

function actionFor(id: "replica-identity-full" | "replica-identity-back", table: string): Action {
  const summary =
    id === "replica-identity-full"
      ? `Have table ${table} of the source followed by the whole row (REPLICA IDENTITY FULL)`
      : `Give table ${table} of the source the replica identity from before this run`;
  return { id: `${id} ${table}`, summary, touches: "source", data: { table } };
}

function count(tables: readonly PreparedTable[]): string {
  return `${tables.length} table${tables.length === 1 ? "" : "s"}`;
}
