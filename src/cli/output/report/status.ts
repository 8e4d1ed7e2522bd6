/** The answer of `status`: one screen that says where the run stands and whether users can write. */
import { showDuration } from "../../../core/duration.ts";
import type { RunReport, StatusAnswer } from "../../../migration/api.ts";
import { whatToDo } from "../error-lines.ts";
import { findingLines } from "../finding-lines.ts";
import { stepLine, nameWidth } from "../step-line.ts";
import type { Page } from "../page.ts";
import { count, wrap } from "../text.ts";

export function statusLines(answer: StatusAnswer, page: Page, now: number): string[] {
  const [newest, ...older] = answer.runs;
  if (newest === undefined) {
    return [
      ...noRunLines(answer.others ?? 0, page),
      "Next:",
      `    ${page.pasteable("opensauced-migrate plan")}`,
    ];
  }
  return [...runReportLines(newest, page, now), ...olderLines(older, page)];
}

function noRunLines(others: number, page: Page): string[] {
  const text =
    others === 0
      ? "No run yet: nothing was ever changed from this folder."
      : `No run of this plan yet. The folder holds ${count(others, "run")} of another plan: leave --plan out to see what became of it.`;
  return wrap(text, page.width, { rest: "  " });
}

/** `now`: milliseconds since the epoch. */
export function runReportLines(report: RunReport, page: Page, now: number): string[] {
  const { paint } = page;
  const head = `Run ${report.run} of plan ${report.plan}: ${stateOf(report)}.`;
  return [
    ...wrap(head, page.width).map((line) => paint("bold", line)),
    paint("dim", `opened ${showMoment(report.openedAt)}, digest ${report.digest.slice(0, 12)}`),
    paint("dim", `journal ${report.journal}`),
    ...heldLines(report, page, now),
    "",
    ...stepLines(report, page),
    "",
    ...dataLines(report, page, now),
    ...lastStopLines(report, page, now),
    ...silenceLines(report, page, now),
    ...wrap(page.pasteable(`Next: ${report.next}`), page.width, { rest: "      " }),
  ];
}

/** `2026-03-01 03:01:58Z`, and how long ago that is. */
function showMoment(iso: string, now?: number): string {
  const shown = iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
  const ago = now === undefined ? NaN : now - Date.parse(iso);
  return ago >= 0 ? `${shown}, ${showDuration(ago)} ago` : shown;
}

function stateOf(report: RunReport): string {
  const done = report.steps.filter((step) => step.state === "satisfied").length;
  switch (report.state) {
    case "finished":
      return "finished";
    case "withdrawn":
      return "undone";
    case "open":
      return `open, ${done} of ${count(report.steps.length, "step")} satisfied`;
  }
}

function heldLines({ heldBy }: RunReport, { paint, width }: Page, now: number): string[] {
  if (heldBy === undefined) return [];
  const text = `Under way right now: process ${heldBy.pid} on ${heldBy.host}, since ${showMoment(heldBy.since, now)}.`;
  return wrap(text, width, { rest: "  " }).map((line) => paint("yellow", line));
}

type Step = RunReport["steps"][number];

function unprovenWords({ state }: Step, report: RunReport): string {
  switch (state) {
    case "begun":
      return "begun, not yet satisfied";
    case "undone":
      return report.state === "open" ? "undone; a resume does it again" : "undone";
    case "satisfied":
    case "not-reached":
      return "";
  }
}

function stepLines(report: RunReport, page: Page): string[] {
  const { symbols } = page.paint;
  const names = nameWidth(report.steps.map((step) => step.id));
  return report.steps.map((step) => {
    const isStopped = report.lastStop?.step === step.id && step.state !== "satisfied";
    const because = step.because ?? unprovenWords(step, report);
    const text = isStopped && step.because === undefined ? "the run stopped here" : because;
    const end = step.tookMs === undefined ? "" : showDuration(step.tookMs);
    switch (step.state) {
      case "satisfied":
        return stepLine(
          { symbol: symbols.satisfied, colour: "green", id: step.id, text, end },
          names,
          page,
        );
      case "begun":
      case "undone":
        return stepLine(
          { symbol: symbols.unmet, colour: "yellow", id: step.id, text, end },
          names,
          page,
        );
      case "not-reached":
        return stepLine(
          {
            symbol: isStopped ? symbols.unmet : symbols.later,
            colour: isStopped ? "yellow" : "dim",
            id: step.id,
            text,
            end,
          },
          names,
          page,
        );
    }
  });
}

/** Can users write, where, and can it still be undone: what is asked at 3 a.m. */
function dataLines(report: RunReport, page: Page, now: number): string[] {
  const { writesStoppedMs, inDoubt } = report;
  const say = (text: string) => wrap(text, page.width, { rest: "  " });
  return [
    ...sourceLines(report, page, now),
    ...say(undoWords(report)),
    ...(writesStoppedMs === undefined
      ? []
      : [
          `Writes were stopped for ${showDuration(writesStoppedMs)}, from the freeze to the re-pointing.`,
        ]),
    ...(inDoubt === undefined
      ? []
      : say(
          `In doubt: a process ended while step ${inDoubt.step} did "${inDoubt.action}". Resuming looks whether it took effect.`,
        )),
  ];
}

/** A frozen source is an alarm unless applications were led to the target. */
function sourceLines(report: RunReport, page: Page, now: number): string[] {
  const { frozen, state, pointOfNoReturn } = report;
  const say = (text: string) => wrap(text, page.width, { rest: "  " });
  if (frozen !== undefined) {
    const since = `since ${showMoment(frozen.since, now)} (step ${frozen.step})`;
    return state === "open" || pointOfNoReturn === undefined
      ? say(`FROZEN, as far as this journal tells: the source takes no writes ${since}.`).map(
          (line) => page.paint("red", line),
        )
      : say(
          `The source was left frozen, as it should be, ${since}; \`verify\` asks whether it still is.`,
        );
  }
  if (pointOfNoReturn !== undefined) return [];
  return ["The source is writable, as far as this run is concerned."];
}

function undoWords({ state, pointOfNoReturn }: RunReport): string {
  if (pointOfNoReturn !== undefined) {
    return `Past the point of no return since ${showMoment(pointOfNoReturn.at)} (step ${pointOfNoReturn.step}): writes may be on the target; it cannot be undone.`;
  }
  return state === "withdrawn"
    ? "Every change of this run is undone."
    : "Before the point of no return: the run can be undone.";
}

function lastStopLines({ lastStop, next }: RunReport, page: Page, now: number): string[] {
  if (lastStop === undefined) return [];
  const text = `Last stop (${lastStop.ending}) at ${showMoment(lastStop.at, now)}: ${lastStop.message}`;
  return [
    ...wrap(text, page.width, { rest: "  " }),
    ...findingLines(lastStop.findings, page),
    ...whatToDo(lastStop.remedy === next ? undefined : lastStop.remedy, page),
  ];
}

function silenceLines({ silentSince }: RunReport, page: Page, now: number): string[] {
  if (silentSince === undefined) return [];
  const text = `Its last process ended without a word after ${showMoment(silentSince, now)}: it was killed, its machine went down, or its journal could not be written.`;
  return wrap(text, page.width, { rest: "  " });
}

function olderLines(older: readonly RunReport[], page: Page): string[] {
  if (older.length === 0) return [];
  const shown = page.verbose ? older : older.slice(0, 3);
  const left = older.length - shown.length;
  return [
    "",
    "Earlier runs:",
    ...shown.map(
      (report) =>
        `  ${report.run}  ${showMoment(report.openedAt)}  ${report.plan}: ${stateOf(report)}`,
    ),
    ...(left > 0 ? [`  and ${left} more (-v lists them)`] : []),
  ];
}
