/**
 * What a person can ask for, as types: each command is one call of these, and
 * the command line only parses words and prints answers.
 */
import type { Ending, Listener } from "../core/event.ts";
import type { Finding } from "../core/finding.ts";
import type { Approver, Stop, SurveyedStep } from "../engine/index.ts";

export interface Invocation {
  /** The plan file, as given. */
  readonly planFile: string;
  /** The folder that holds the runs. */
  readonly stateFolder: string;
}

export interface PreviewAnswer {
  readonly plan: string;
  readonly digest: string;
  /** The unfinished run that `run --resume` would go on with. */
  readonly run: string | undefined;
  /** Of that run, by its journal: what a person must know before anything else. */
  readonly standing: "frozen" | "past-point-of-no-return" | undefined;
  /** True when that run is over and a run of this plan would do nothing; there are no steps then. */
  readonly finished: boolean;
  readonly steps: readonly SurveyedStep[];
}

export interface RunOptions {
  readonly resume: boolean;
  readonly until: string | undefined;
  /** Gates that were named beforehand, as `--approve` does; one that the plan lacks is refused. */
  readonly approved: readonly string[];
  readonly approve: Approver;
  readonly listener: Listener;
  readonly signal: AbortSignal;
}

export interface RunAnswer {
  readonly run: string;
  readonly ending: Ending;
  readonly stop: Stop | undefined;
  /** The journal's file. */
  readonly journal: string;
  /** True when the run had finished before, and nothing was left to do. */
  readonly nothingToDo: boolean;
  readonly report: RunReport;
}

/** A run as its journal tells it. Times are ISO 8601. */
export interface RunReport {
  readonly run: string;
  readonly plan: string;
  readonly digest: string;
  readonly openedAt: string;
  readonly journal: string;
  readonly state: "open" | "finished" | "withdrawn";
  readonly steps: readonly {
    readonly id: string;
    readonly kind: string;
    /** `undone`: what it had is taken back, or counts no more. */
    readonly state: "satisfied" | "begun" | "undone" | "not-reached";
    readonly at: string | undefined;
    readonly because: string | undefined;
    /** From the first action to satisfied, in the process that came to it; undefined where it did nothing. */
    readonly tookMs: number | undefined;
  }[];
  readonly pointOfNoReturn: { readonly step: string; readonly at: string } | undefined;
  /** Is the source frozen by this run, as far as the journal tells? */
  readonly frozen: { readonly step: string; readonly since: string } | undefined;
  /** Freeze began to re-pointed, in ms: the outage as the run itself can tell it. */
  readonly writesStoppedMs: number | undefined;
  readonly inDoubt: { readonly step: string; readonly action: string } | undefined;
  readonly lastStop:
    | {
        readonly ending: string;
        readonly step: string | undefined;
        readonly at: string;
        readonly message: string;
        readonly remedy: string | undefined;
        /** Those that stood in the way. */
        readonly findings: readonly Finding[];
      }
    | undefined;
  /** An open run that nobody carries, and whose last process said no last word: when it was last heard of. */
  readonly silentSince: string | undefined;
  /** The command to go on with, and why. */
  readonly next: string;
  /** The process that carries the run right now. */
  readonly heldBy:
    | { readonly pid: number; readonly host: string; readonly since: string }
    | undefined;
}

export interface StatusAnswer {
  /** Newest first; of this plan only when a plan file was given and could be read. */
  readonly runs: readonly RunReport[];
  /** Runs of other plans in the same state folder, which were not asked for. */
  readonly others?: number;
}

/** Equal, different, or could not check: never anything in between. */
export type Checked = "equal" | "different" | "could-not-check";

/** One table of a database that was compared. */
export interface CheckedTable {
  /** Quoted and qualified. */
  readonly table: string;
  readonly checked: Checked;
  /** Exact; undefined when the side could not be counted. */
  readonly sourceRows: number | undefined;
  readonly targetRows: number | undefined;
  readonly depth: "contents" | "counts" | "none";
  /** Rows written to the target since the cut-over, and rows of then that are changed or gone by that. */
  readonly since?: { readonly written: number; readonly changed: number; readonly gone: number };
  /** Those of the section that are about this table. */
  readonly findings: readonly Finding[];
}

export interface VerifySection {
  /** `database api`, or the id of a step whose condition was looked at again. */
  readonly title: string;
  readonly checked: Checked;
  /** One sentence with the figures. */
  readonly summary: string;
  /** `host:port/database` of both sides, where a person named them. */
  readonly places?: { readonly source: string; readonly target: string };
  readonly findings: readonly Finding[];
  /** Of a database that was compared; every table, equal ones too. */
  readonly tables?: readonly CheckedTable[];
}

export interface VerifyAnswer {
  readonly checked: Checked;
  /** When it began, ISO 8601. */
  readonly at: string;
  /** A sentence about the plan's run that the answer must be read by: it has not come to its end. */
  readonly remark?: string;
  readonly sections: readonly VerifySection[];
  readonly tookMs: number;
}

export interface ExplainedKind {
  readonly kind: string;
  readonly condition: string;
  readonly details: string;
  readonly deadlineMs: number;
  readonly after: readonly { readonly kind: string; readonly because: string }[];
  readonly before: readonly { readonly kind: string; readonly because: string }[];
  readonly undoneOnStop: boolean;
  readonly undoable: boolean;
  /** What it may do, in the order of its declaration; `undo` when taking it back. */
  readonly actions: readonly {
    /** The first word of the action's id. */
    readonly action: string;
    readonly touches: string;
    readonly does: string;
    readonly crossesPointOfNoReturn: boolean;
    readonly when: "run" | "undo";
  }[];
  readonly settings: readonly {
    /** `pulumi.stack`, dotted. */
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
    readonly default: string | undefined;
    readonly description: string;
  }[];
  /** YAML to paste. */
  readonly example: string;
}

export interface RehearseOptions {
  /** A plain pg_dump file to migrate instead of generated data. */
  readonly database: string | undefined;
  /** Rows of generated data over both databases. */
  readonly rows: number;
  /** Writes a second by the writing client. */
  readonly writes: number;
  /** Names of what goes wrong, all from the start. */
  readonly faults: readonly string[];
  readonly keep: boolean;
  readonly stateFolder: string | undefined;
  readonly listener: Listener;
  /** One line of what is being set up or taken down. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface RehearsalAnswer {
  readonly run: RunAnswer | undefined;
  readonly rowsCompared: number | undefined;
  readonly tablesCompared: number | undefined;
  readonly client: {
    readonly acknowledged: number;
    /** Acknowledged writes that the database in use at the end does not have; undefined: could not check. */
    readonly missing: number | undefined;
    readonly missingExamples: readonly string[];
    /** Last acknowledged write before to first acknowledged write after, in ms. */
    readonly longestOutageMs: number;
    /** The longest outage, split by the steps during which it happened. */
    readonly outageByStep: readonly { readonly step: string; readonly ms: number }[];
    readonly errors: readonly { readonly error: string; readonly count: number }[];
  };
  readonly repointedThrough: "pulumi" | "file";
  /** Where things are, when kept or when something failed: label to path or connection. */
  readonly places: readonly { readonly label: string; readonly where: string }[];
  readonly tookMs: number;
  /** Everything as it should be: for the exit code. */
  readonly sound: boolean;
}
