/** The last words of a run: how it ended, what it means for the data, what next, where the journal is. */
import type { Ending, TimedEvent } from "../../core/event.ts";
import { showDuration } from "../../core/duration.ts";
import { adviceLines, type Advice } from "./error-lines.ts";
import { findingLines } from "./finding-lines.ts";
import type { Page } from "./page.ts";
import type { Colour } from "./paint.ts";
import { wrap } from "./text.ts";

export type RunStopped = Extract<TimedEvent, { readonly type: "run-stopped" }>;

/** `advises` false: there is nothing that commands could work on. */
export function endingLines(
  event: RunStopped,
  journal: string | undefined,
  page: Page,
  advises = true,
): string[] {
  const { paint, width } = page;
  const { symbol, colour, word } = looks(event.ending, page);
  const took = `${word} after ${showDuration(event.tookMs)}.`;
  const message = wrap(`${took} ${event.message}`, width - 2, { rest: "  " });
  return [
    "",
    `${paint(colour, symbol)} ${paint("bold", took)}${(message[0] ?? "").slice(took.length)}`,
    ...message.slice(1),
    ...(event.findings === undefined ? [] : findingLines(event.findings, page)),
    ...adviceLines(adviceOf(event, advises), page),
    ...(journal === undefined ? [] : [paint("dim", `  Journal: ${journal}`)]),
  ];
}

function adviceOf(event: RunStopped, advises: boolean): Advice {
  const { meaning, remedy }: Advice = event.ending === "finished" ? finishedAdvice(event) : event;
  return { meaning, remedy: advises ? remedy : undefined };
}

/** The run says itself what a stop means; of a good end it says nothing more. */
function finishedAdvice(event: RunStopped): Advice {
  const meaning = event.pastPointOfNoReturn
    ? "The target is the database in use. The source stays as it was at the freeze, and takes no writes."
    : "The point of no return was not passed: the source is still the database in use.";
  return { meaning: event.meaning ?? meaning, remedy: event.remedy ?? "opensauced-migrate verify" };
}

function looks(
  ending: Ending,
  { paint: { symbols } }: Page,
): { symbol: string; colour: Colour; word: string } {
  switch (ending) {
    case "finished":
      return { symbol: symbols.satisfied, colour: "green", word: "Finished" };
    case "undone":
      return { symbol: symbols.undone, colour: "green", word: "Undone" };
    case "until":
      return { symbol: symbols.satisfied, colour: "green", word: "Stopped, as asked," };
    case "at-gate":
      return { symbol: symbols.gate, colour: "yellow", word: "Stopped at a gate" };
    case "interrupted":
      return { symbol: symbols.gate, colour: "yellow", word: "Interrupted" };
    case "could-not-check":
      return { symbol: symbols.unknown, colour: "yellow", word: "Could not check: stopped" };
    case "blocked":
      return { symbol: symbols.blocked, colour: "red", word: "Blocked" };
    case "failed":
      return { symbol: symbols.blocked, colour: "red", word: "Failed" };
  }
}
