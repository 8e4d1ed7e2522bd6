/**
 * `verify`: after the cut-over, is the target what it should be? Compares both
 * databases, sequences and configuration as they are now, and says plainly
 * what can no longer be told because applications write to the target.
 */
import path from "node:path";
import {
  clock,
  composeWorld,
  loadPlan,
  openJournalStore,
  type Composed,
  type Surroundings,
} from "../compose.ts";
import { MigrationError } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import type { Checkpoint } from "../core/journal/checkpoint.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { Step } from "../core/step.ts";
import type { Progress, Verdict } from "../core/verdict.ts";
import { compareDatabases, type DatabaseComparison } from "../verification/index.ts";
import { comparisonFindings } from "../steps/data-equal/decide.ts";
import type { EqualSettings } from "../steps/data-equal/settings.ts";
import type { World } from "../steps/world.ts";
import type { Checked, Invocation, VerifyAnswer } from "./api.ts";
import { runsOf } from "./find-run.ts";

export interface VerifyOptions {
  readonly signal: AbortSignal;
  /** What is being compared right now. */
  readonly progress?: (shown: Progress) => void;
}

type Section = VerifyAnswer["sections"][number];

export async function verify(
  invocation: Invocation,
  options: VerifyOptions,
  surroundings?: Surroundings,
): Promise<VerifyAnswer> {
  const began = performance.now();
  let done = 0;
  const loaded = await loadPlan(invocation.planFile);
  const [latest] = await runsOf(openJournalStore(invocation.stateFolder), loaded.plan.name);
  const folder = path.join(invocation.stateFolder, latest?.run ?? "verify");
  const composed = await composeWorld(loaded, folder, surroundings);
  try {
    const written = latest?.pointOfNoReturn !== undefined;
    const sections: Section[] = [];
    const total = loaded.plan.databases.length + 1;
    for (const { name } of loaded.plan.databases) {
      options.progress?.({ done, total, unit: "sections", parts: [{ name, text: "comparing" }] });
      done++;
      // oxlint-disable-next-line no-await-in-loop -- one database at a time: verify runs beside the applications
      sections.push(await databaseSection(composed.world, name, written, options.signal));
    }
    options.progress?.({ done, total, unit: "sections" });
    sections.push(...(await stepSections(composed, loaded.plan, latest, options.signal)));
    return { checked: overall(sections), sections, tookMs: performance.now() - began };
  } finally {
    await composed.close();
  }
}

function overall(sections: readonly Section[]): Checked {
  if (sections.some(({ checked }) => checked === "different")) return "different";
  return sections.some(({ checked }) => checked === "could-not-check")
    ? "could-not-check"
    : "equal";
}

async function databaseSection(
  world: World,
  database: string,
  written: boolean,
  signal: AbortSignal,
): Promise<Section> {
  const title = `database ${database}`;
  try {
    const side = (server: World["source"]) => ({
      label: server.label,
      database,
      connect: (given: AbortSignal) => server.connect(database, { signal: given, statementMs: 0 }),
    });
    const result = await compareDatabases({
      source: side(world.source),
      target: side(world.target),
      signal,
    });
    const steps = world.settingsOfKind("data-equal") as readonly EqualSettings[];
    const accept = steps.flatMap((settings) => settings.accept);
    const findings = comparisonFindings([{ database, result }], accept);
    return judge(title, result, written ? findings.map(explainedByWrites) : findings);
  } catch (error) {
    return unreadable(title, error, signal);
  }
}

function judge(title: string, result: DatabaseComparison, findings: readonly Finding[]): Section {
  const { tables, sourceRows, targetRows, sequences } = result.totals;
  const figures = `${tables} tables, ${sourceRows.toLocaleString("en-US")} rows on the source, ${targetRows.toLocaleString("en-US")} on the target, ${sequences} sequences`;
  const changed = findings.filter(({ code }) => code === "written-since-cutover").length;
  const read = result.tables.filter(({ equality }) => equality !== "could-not-check").length;
  if (read === 0 && result.unchecked.length > 0) {
    return {
      title,
      checked: "could-not-check",
      summary: "nothing of it could be compared",
      findings,
    };
  }
  return {
    title,
    checked: checkedOf(findings),
    summary:
      changed === 0
        ? figures
        : `${figures}; ${changed} tables were written since the cut-over, so whether they hold what they should can no longer be told by comparing; the rest is equal`,
    findings,
  };
}

/**
 * Once applications write to the target, tables that differ are to be
 * expected; whether writes are all that changed them cannot be told by
 * comparing. That is an unknown, and never a pass.
 */
function explainedByWrites(finding: Finding): Finding {
  if (finding.code !== "row-count-differs" && finding.code !== "contents-differ") return finding;
  return {
    ...finding,
    code: "written-since-cutover",
    severity: "unknown",
    message: `${finding.message}. Applications write to the target since the cut-over; the comparison made while both stood still was equal`,
  };
}

function checkedOf(findings: readonly Finding[]): Checked {
  if (findings.some(({ severity }) => severity === "blocks")) return "different";
  return findings.some(({ severity }) => severity === "unknown") ? "could-not-check" : "equal";
}

const standing = new Set(["config-repointed", "dns-flipped", "service-healthy", "access-carried"]);

/** The conditions that must still hold: looked at as a run would, and nothing applied. */
async function stepSections(
  composed: Composed,
  plan: Plan,
  latest: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<Section[]> {
  const sections: Section[] = [];
  for (const step of composed.steps.filter(({ kind }) => standing.has(kind))) {
    const title = plan.steps.find(({ id }) => id === step.id)?.id ?? step.id;
    try {
      // oxlint-disable-next-line no-await-in-loop -- in the plan's order
      const verdict = await settledLook(step, latest, signal);
      sections.push(stepSection(title, verdict));
    } catch (error) {
      sections.push(unreadable(title, error, signal));
    }
  }
  return sections;
}

/** Some conditions take several looks: good answers in a row, a resolver's cache. Milliseconds. */
const patienceMs = 30_000;
const lookAgainMs = 1000;

/** Looks until the verdict is no longer `waiting`, or has been for too long. */
async function settledLook(
  step: Step,
  latest: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<Verdict> {
  const until = clock.elapsed() + patienceMs;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const verdict = await step.look({
      run: latest?.run ?? "verify",
      step: step.id,
      notes: latest?.notes ?? [],
      approval: undefined,
      stops: [],
      preview: true,
      now: clock.now(),
      signal,
      report: () => undefined,
    });
    if (verdict.is !== "waiting" || clock.elapsed() > until) return verdict;
    // oxlint-disable-next-line no-await-in-loop -- a pause between two looks
    await clock.sleep(verdict.lookAgainInMs ?? lookAgainMs, signal);
    signal.throwIfAborted();
  }
}

function stepSection(title: string, verdict: Verdict): Section {
  switch (verdict.is) {
    case "satisfied":
      return {
        title,
        checked: "equal",
        summary: verdict.because,
        findings: verdict.warnings ?? [],
      };
    case "blocked":
      return {
        title,
        checked: checkedOf(verdict.findings),
        summary: verdict.findings[0].message,
        findings: verdict.findings,
      };
    case "unmet":
      return { title, checked: "different", summary: verdict.because, findings: [] };
    case "waiting":
      return { title, checked: "different", summary: verdict.reason, findings: [] };
  }
}

function unreadable(title: string, error: unknown, signal: AbortSignal): Section {
  signal.throwIfAborted();
  if (!(error instanceof MigrationError)) throw error;
  return {
    title,
    checked: "could-not-check",
    summary: error.message,
    findings: [
      {
        code: "could-not-check",
        severity: "unknown",
        message: error.message,
        ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      },
    ],
  };
}
