/** What Azure says is wrong, as findings. Its messages are passed on whole: they are all there is. */
import { countOf } from "../../core/count-of.ts";
import { showDuration } from "../../core/duration.ts";
import type { Finding } from "../../core/finding.ts";
import { quoteIdentifier } from "../../core/identifier.ts";
import type { Migration } from "../../providers/azure/index.ts";
import { largestBatch } from "./batches.ts";

const retry =
  "Solve what the message names, then: opensauced-migrate run --resume   (begins a new migration; the failed one stays in Azure's history)";

export function validationFindings(migration: Migration): Finding[] {
  return migration.validation
    .filter(({ state }) => state !== "Succeeded")
    .map(({ database, type, state, messages }) => ({
      code: state === "Warning" ? "azure-validation-warning" : "azure-validation-failed",
      severity: state === "Warning" ? ("warns" as const) : ("blocks" as const),
      message: `Azure's ${type} of ${database ?? "the servers"} ${state === "Warning" ? "warns" : "failed"}: ${messages.map(({ message }) => message).join(" ") || "no message given"}`,
      ...(state === "Warning" ? {} : { remedy: retry }),
    }));
}

export function failureFindings(migration: Migration): [Finding, ...Finding[]] {
  const failed = migration.databases.filter((database) => database.state === "Failed");
  const perDatabase = failed.map((database): Finding => ({
    code: "azure-database-failed",
    severity: "blocks",
    message: `Azure could not carry database ${database.name}: ${database.message ?? "no message given"}`,
  }));
  return [
    {
      code: "azure-migration-failed",
      severity: "blocks",
      message: `Azure's migration ${migration.name} ended as ${migration.state}: ${sentence(migration.error ?? "no reason given")} The target is filled in part; no row of the source is touched. Its id, for Microsoft's support, is ${migration.migrationId ?? "unknown"}.`,
      remedy: retry,
    },
    ...perDatabase,
    ...validationFindings(migration).filter((finding) => finding.severity === "blocks"),
  ];
}

/** Azure's own words end with a full stop, or do not. */
function sentence(text: string): string {
  return /[.!?]$/.test(text.trimEnd()) ? text.trimEnd() : `${text.trimEnd()}.`;
}

export function tooMany(databases: readonly string[]): Finding {
  return {
    code: "too-many-databases-online",
    severity: "blocks",
    message: `Azure carries at most ${largestBatch} databases in one online migration and one migration at a time; the plan has ${databases.length}.`,
    remedy: "Split the plan into several of at most 8 databases, or use `mode: offline`.",
  };
}

export function notFrozen(): Finding {
  return {
    code: "offline-copy-of-writable-source",
    severity: "blocks",
    message: "An offline copy of a source that is still written loses what is written meanwhile.",
    remedy: "Put a `source-frozen` step before this one, or use `mode: online`.",
  };
}

export function anotherActive(other: Migration): Finding {
  return {
    code: "another-migration-active",
    severity: "blocks",
    message: `The target has another active migration, ${other.name} (${other.state}); Azure accepts a second one and lets it fail later.`,
    remedy: `Wait for it, or cancel it: az postgres flexible-server migration update --migration-name ${other.name} --cancel`,
  };
}

export function notEmpty(names: readonly string[], tables: ReadonlyMap<string, number>): Finding {
  return {
    code: "target-database-not-empty",
    severity: "blocks",
    message: `Databases on the target hold tables that this run did not put there; Azure would drop and replace them.`,
    objects: names.map((name) => `${name}: ${countOf(tables.get(name) ?? 0, "table")}`),
    remedy: names
      .map(
        (name) =>
          `DROP DATABASE ${quoteIdentifier(name)}; -- on the target, if nothing in it is needed`,
      )
      .join("\n"),
  };
}

export function gone(name: string): Finding {
  return {
    code: "migration-gone",
    severity: "blocks",
    message: `Azure no longer knows the migration ${name} that this run created. What it left on the target is not to be trusted; the source is untouched.`,
    remedy: "opensauced-migrate undo, then run again.",
  };
}

export function stalled(migration: Migration, stillMs: number): Finding {
  return {
    code: "copy-stalled",
    severity: "blocks",
    message: `Nothing that Azure reports of migration ${migration.name} has moved for ${showDuration(stillMs)} (${migration.state}, ${migration.subState ?? "no substate"}). It goes on running, and its replication slot keeps WAL on the source's disk.`,
    objects: migration.databases.map((database) => `${database.name}: ${database.state ?? "?"}`),
    remedy:
      "Look at it in the Azure portal. To wait longer, raise `stall`, then: opensauced-migrate run --resume. To give up: opensauced-migrate undo",
  };
}

export function notCarried(migration: Migration, databases: readonly string[]): Finding {
  return {
    code: "azure-database-not-carried",
    severity: "blocks",
    message: `Azure calls migration ${migration.name} succeeded, yet does not say so of ${databases.join(", ")}; a validation alone looks the same.`,
    remedy: "opensauced-migrate run --resume   (begins a new migration)",
  };
}

export function cutOverByAnother(migration: Migration): Finding {
  return {
    code: "cut-over-by-another",
    severity: "blocks",
    message: `Migration ${migration.name} was cut over, and not by this run: what was written to the source since is not on the target.`,
    remedy: "Find out who did it. To copy anew: opensauced-migrate undo, then run.",
  };
}

export function unknownQuestion(migration: Migration): Finding {
  return {
    code: "azure-waits-for-something-unknown",
    severity: "blocks",
    message: `Azure's migration ${migration.name} waits for a user's action that this version does not know: ${migration.subState ?? "no substate"}.`,
    remedy:
      "Look at the migration in the Azure portal and answer it there, then: opensauced-migrate run --resume",
  };
}
