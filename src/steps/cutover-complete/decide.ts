/** Whether the cut-over may be triggered, and whether it is complete: pure. */
import type { Finding } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Migration } from "../../providers/azure/index.ts";
import { failureFindings } from "../data-streaming/findings.ts";
import { progressOf } from "../data-streaming/progress.ts";
import { latestFact } from "../facts.ts";

export interface CutOverSeen {
  readonly attempt: number;
  /** Those that carry the plan's databases; undefined for one that Azure does not know. */
  readonly migrations: readonly (Migration | undefined)[];
  readonly frozen: boolean;
  readonly databases: readonly {
    readonly name: string;
    /** The marker row's name; undefined before the freeze. */
    readonly marker: string | undefined;
    /** On the source. */
    readonly written: boolean;
    /** Read on the target. */
    readonly arrived: boolean;
    /** The database exists on the target. */
    readonly present: boolean;
  }[];
}

/** The note that is written before the cut-over of that migration is triggered. */
export function triggered(migration: string): string {
  return `cutover-triggered ${migration}`;
}

export function decideCutOver(seen: CutOverSeen, context: StepContext): Verdict {
  if (!seen.frozen) return blocked(notFrozen());
  const missing = seen.migrations.findIndex((migration) => migration === undefined);
  if (missing !== -1) return blocked(unknownMigration());
  const migrations = seen.migrations.filter((migration) => migration !== undefined);
  const failed = migrations.find(({ state }) =>
    ["Failed", "ValidationFailed", "Canceled"].includes(state ?? ""),
  );
  if (failed !== undefined) {
    const [first, ...rest] = failureFindings(failed);
    return { is: "blocked", findings: [first, ...rest] };
  }
  const pending = migrations.find(({ state }) => state !== "Succeeded");
  if (pending === undefined) return decideSucceeded(seen, migrations);
  if (pending.state !== "WaitingForUserAction" || pending.triggerCutover === true) {
    return {
      is: "waiting",
      for: "world",
      reason: `Azure completes the cut-over of ${pending.name} (${[pending.state, pending.subState].filter(Boolean).join(" / ")})`,
      progress: progressOf(pending),
      lookAgainInMs: 250,
    };
  }
  return decideMarkers(seen, pending, context);
}

function decideMarkers(seen: CutOverSeen, pending: Migration, context: StepContext): Verdict {
  const unwritten = seen.databases.filter((database) => !database.written);
  if (unwritten.length > 0) {
    return {
      is: "unmet",
      because: "nothing proves yet that the last write has arrived",
      actions: [
        {
          id: "write-markers",
          summary: `Write a marker row behind the freeze into ${names(unwritten)}`,
          touches: "source",
          data: { databases: unwritten.map(({ name }) => name) },
        },
        trigger(pending),
      ],
    };
  }
  const underway = seen.databases.filter((database) => !database.arrived);
  if (underway.length > 0) {
    return {
      is: "waiting",
      for: "world",
      reason: `the marker row has not arrived on the target in ${names(underway)}; what was written before it is still under way`,
      progress: progressOf(pending),
      lookAgainInMs: 100,
    };
  }
  const again = latestFact(context.notes, triggered(pending.name)) !== undefined;
  return {
    is: "unmet",
    because: again
      ? "the cut-over was asked for, and Azure still waits for it"
      : "everything written before the freeze has arrived, and Azure waits for the cut-over",
    actions: [trigger(pending)],
  };
}

function trigger(migration: Migration) {
  return {
    id: `trigger-cutover ${migration.name}`,
    summary: `Trigger Azure's cut-over of ${migration.name}`,
    touches: "Azure",
    data: { name: migration.name },
  } as const;
}

/** `Succeeded` is a word; the target is the proof. */
function decideSucceeded(seen: CutOverSeen, migrations: readonly Migration[]): Verdict {
  const absent = seen.databases.filter((database) => !database.present);
  if (absent.length > 0) return blocked(databaseMissing(absent, migrations));
  const online = migrations.some(({ mode }) => mode === "Online");
  const unmarked = online ? seen.databases.filter((database) => !database.arrived) : [];
  // The cut-over is asked for once the markers have arrived: it cannot lose what was never written.
  if (unmarked.length > 0 && unmarked.every(({ written }) => !written))
    return blocked(endedBeforeFreeze(migrations));
  if (unmarked.length > 0) return blocked(markerMissing(unmarked, migrations));
  return {
    is: "satisfied",
    because: online
      ? `the row written behind the freeze is on the target in ${names(seen.databases)}, and Azure has let go`
      : `Azure has copied ${names(seen.databases)} from the frozen source`,
  };
}

/** `arrived` is undefined for a database that is not there. Offline there is no marker. */
export function decideStillThere(
  databases: readonly { readonly name: string; readonly arrived: boolean | undefined }[],
  { notes }: StepContext,
): Verdict {
  const online = notes.some(({ name }) => name.startsWith(triggered("")));
  const lost = databases.filter(({ arrived }) => arrived === undefined || (online && !arrived));
  if (lost.length === 0) {
    return { is: "satisfied", because: `${names(databases)} are on the target as cut over` };
  }
  return blocked({
    code: "target-changed-after-cutover",
    severity: "blocks",
    message: `${names(lost)} of the target is not the database any more that the cut-over completed: dropped, or made anew. The source holds all data.`,
    remedy: "opensauced-migrate run --resume   (copies anew)",
  });
}

export interface RetiredSeen {
  readonly attempt: number;
  /** Migrations of this attempt whose cut-over this run asked for. */
  readonly asked: readonly string[];
  /** Undefined when Azure did not answer soon: a frozen source must not wait for it. */
  readonly migrations: readonly Migration[] | undefined;
}

/** A cut-over ends the migration: once the source is thawed, only a new one can catch up. */
export function decideRetired({ attempt, asked, migrations }: RetiredSeen): Verdict {
  const waits = (name: string) =>
    migrations?.some(
      (known) =>
        known.name === name &&
        known.state === "WaitingForUserAction" &&
        known.triggerCutover !== true,
    ) === true;
  const ended = asked.find((name) => !waits(name));
  if (ended === undefined) {
    const goesOn = asked.length > 0 || (migrations ?? []).length > 0;
    return {
      is: "satisfied",
      because: goesOn
        ? "nothing was cut over; the copy goes on"
        : "the migration that was cut over is retired; the next resume copies anew",
    };
  }
  return {
    is: "unmet",
    because: `the cut-over of ${ended} was triggered; it will not follow the source any longer`,
    actions: [
      {
        id: `retire-attempt ${attempt}`,
        summary: `Retire migration ${ended}: the next resume copies anew`,
        touches: "journal",
        data: { attempt },
      },
    ],
  };
}

function names(databases: readonly { readonly name: string }[]): string {
  return databases.map(({ name }) => name).join(", ");
}

function blocked(finding: Finding): Verdict {
  return { is: "blocked", findings: [finding] };
}

function notFrozen(): Finding {
  return {
    code: "source-not-frozen",
    severity: "blocks",
    message:
      "The source accepts writes; what is written there after a cut-over is lost to the target.",
    remedy: "opensauced-migrate run --resume",
  };
}

function unknownMigration(): Finding {
  return {
    code: "migration-gone",
    severity: "blocks",
    message: "Azure does not know the migration that carries the data. The source is untouched.",
    remedy: "opensauced-migrate run --resume   (the copy is looked at again first)",
  };
}

function databaseMissing(
  absent: readonly { readonly name: string }[],
  migrations: readonly Migration[],
): Finding {
  return {
    code: "database-missing-on-target",
    severity: "blocks",
    message: `Azure says that ${migrations.map(({ name }) => name).join(", ")} succeeded, and ${names(absent)} is not on the target. The source holds all data.`,
    remedy: "opensauced-migrate run --resume   (copies anew)",
  };
}

/** An earlier freeze's: lifted by a process whose journal took neither the thaw nor the retirement. */
function endedBeforeFreeze(migrations: readonly Migration[]): Finding {
  return {
    code: "cutover-before-freeze",
    severity: "blocks",
    message: `Azure says that ${migrations.map(({ name }) => name).join(", ")} succeeded, and this freeze has no row on the source yet: the cut-over came before it, and does not follow what the source was written since. So it is after a process that lifted the freeze and could not write its journal any more, and after a cut-over that somebody else triggered. The source holds all data: nothing is lost.`,
    remedy: "opensauced-migrate run --resume   (copies anew)",
  };
}

function markerMissing(
  unmarked: readonly { readonly name: string }[],
  migrations: readonly Migration[],
): Finding {
  return {
    code: "last-write-missing-on-target",
    severity: "blocks",
    message: `Azure says that ${migrations.map(({ name }) => name).join(", ")} succeeded, and the row written behind the freeze is not on the target in ${names(unmarked)}: the cut-over lost the last writes. The source holds all data.`,
    remedy: "opensauced-migrate run --resume   (copies anew)",
  };
}
