/** Databases that refuse writes before anybody froze them: pure. */
import { quoteIdentifier } from "../../../core/identifier.ts";
import type { Note } from "../../../core/step.ts";
import { notes as freezeNotes } from "../../source-frozen/moments.ts";
import { isReadOnly, type ReadOnlySetting } from "../../source-frozen/read-only.ts";
import { paste, type Check } from "../check.ts";

export interface Writability {
  readonly databases: readonly {
    readonly name: string;
    readonly settings: readonly ReadOnlySetting[];
    /** Roles of the plan whose sessions are read-only by default. */
    readonly readOnlyRoles: readonly string[];
  }[];
  readonly admin: string;
  readonly notes: readonly Note[];
}

/** By this run, and not thawed since. */
function frozenByRun(notes: readonly Note[], database: string): boolean {
  const names: readonly string[] = [freezeNotes.before(database), freezeNotes.thawedUpTo(database)];
  return notes.findLast(({ name }) => names.includes(name))?.name === freezeNotes.before(database);
}

const on = ["on", "true", "yes", "1", "t", "y"];

/** Azure's service logs in as the admin, whose own settings count too. */
function adminReadOnly(settings: readonly ReadOnlySetting[], admin: string): boolean {
  return settings.some(({ role, value }) => role === admin && on.includes(value.toLowerCase()));
}

export const writabilityChecks: readonly Check<Writability>[] = [
  ({ databases, admin, notes }) => {
    const closed = databases.filter(
      ({ name, settings, readOnlyRoles }) =>
        !frozenByRun(notes, name) &&
        (readOnlyRoles.length > 0 || isReadOnly(settings, name) || adminReadOnly(settings, admin)),
    );
    if (closed.length === 0) return undefined;
    return {
      code: "source-read-only",
      severity: "blocks",
      message:
        "Databases of the source are read-only by default (603112): applications cannot write to them now, and Azure's service refuses them.",
      objects: closed.map(({ name, readOnlyRoles }) =>
        readOnlyRoles.length === 0
          ? `database ${name}`
          : `database ${name}: role ${readOnlyRoles.join(", ")}`,
      ),
      remedy: [
        "-- If a run of this tool froze it, undo that run instead (opensauced-migrate status, in its state folder).",
        "SET default_transaction_read_only = off; -- this session has the read-only default, too",
        paste(
          closed.map(
            ({ name }) =>
              `ALTER DATABASE ${quoteIdentifier(name)} RESET default_transaction_read_only;`,
          ),
        ),
        "-- and where it is set for a role: SELECT setdatabase, setrole::regrole, setconfig FROM pg_db_role_setting;",
      ].join("\n"),
    };
  },
];
