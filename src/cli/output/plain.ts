/**
 * A run as lines with a time, for logs, pipes and CI: nothing is ever redrawn.
 * Times are UTC, because the reader of a log may sit elsewhere.
 */
import { showDuration } from "../../core/duration.ts";
import type { TimedEvent } from "../../core/event.ts";
import { progressText } from "./active-lines.ts";
import { endingLines } from "./ending-lines.ts";
import { findingLines } from "./finding-lines.ts";
import { Pace } from "./pace.ts";
import type { Page } from "./page.ts";
import { openingLines, type RunOutput, type Write } from "./run-output.ts";
import { count, wrap } from "./text.ts";

export function plainOutput(write: Write, page: Page, showsRemedies = true): RunOutput {
  const pace = new Pace();
  let journal: string | undefined;
  return {
    listener: (event) => {
      if (event.type === "run-started") journal = event.journal;
      const lines = linesOf(event, journal, page, pace, showsRemedies);
      if (lines.length > 0) write(`${lines.join("\n")}\n`);
    },
    say: (line) => write(`${wrap(line, page.width, { rest: "  " }).join("\n")}\n`),
    aside: (question) => question(),
    close: () => Promise.resolve(),
  };
}

function linesOf(
  event: TimedEvent,
  journal: string | undefined,
  page: Page,
  pace: Pace,
  showsRemedies: boolean,
): string[] {
  switch (event.type) {
    case "run-started":
      return openingLines(event, page);
    case "warned":
      return [
        `${logTime(event)} ${event.step}: ${count(event.findings.length, "warning")}`,
        ...findingLines(event.findings, page),
      ];
    case "run-stopped":
      return endingLines(event, journal, page, showsRemedies);
    default: {
      const text = textOf(event, pace);
      if (text === undefined) return [];
      return wrap(`${logTime(event)} ${event.step}: ${text}`, page.width, { rest: " ".repeat(21) });
    }
  }
}

function logTime(event: TimedEvent): string {
  return event.at.replace(/\.\d+Z$/, "Z");
}

type StepEvent = Exclude<TimedEvent, { readonly type: "run-started" | "run-stopped" | "warned" }>;

function textOf(event: StepEvent, pace: Pace): string | undefined {
  const at = Date.parse(event.at);
  switch (event.type) {
    case "step-entered":
      return "looking";
    case "looked":
      return event.verdict.is === "unmet" ? `to do: ${event.verdict.because}` : undefined;
    case "step-kept":
      return `satisfied before: ${event.because}`;
    case "waiting": {
      const progress = event.progress === undefined ? "" : progressText(event.progress);
      if (!pace.tells(event.step, `${event.reason} ${progress}`, at)) return undefined;
      const left = showDuration(Math.max(0, event.deadlineInMs));
      return `waiting (for at most ${left} more): ${joined(event.reason, progress)}`;
    }
    case "progress": {
      const text = joined(event.reason ?? "", progressText(event.progress));
      return text !== "" && pace.tells(event.step, text, at) ? text : undefined;
    }
    case "action-began":
      pace.forget(event.step);
      return `doing: ${event.action.summary}`;
    case "action-ended":
      pace.forget(event.step);
      return `done in ${showDuration(event.tookMs)}: ${event.action.summary}`;
    case "step-satisfied":
      return `SATISFIED in ${showDuration(event.tookMs)}: ${event.because}`;
    case "gate":
      return `GATE: ${event.question}`;
    case "approved":
      return `approved by ${event.who} (${event.how})`;
    case "point-of-no-return":
      return `POINT OF NO RETURN: ${event.action.summary}. From here writes may reach the target: the run only goes forward.`;
    case "undoing":
      return `undoing: ${event.because}`;
    case "step-undone":
      return `UNDONE in ${showDuration(event.tookMs)}: ${event.because}`;
  }
}

function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("; ");
}
