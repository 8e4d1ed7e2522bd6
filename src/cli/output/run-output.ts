/** What shows a run to people or programs, whatever it draws on. */
import type { Listener, TimedEvent } from "../../core/event.ts";
import type { Page } from "./page.ts";
import { count, wrap } from "./text.ts";

export interface RunOutput {
  readonly listener: Listener;
  /** A line for people, in the middle of whatever is being shown. */
  say(line: string): void;
  /** Shows nothing else until the given question is answered. */
  aside<T>(question: () => Promise<T>): Promise<T>;
  /** Everything said is on the screen when this resolves. */
  close(): Promise<void>;
}

/** Writes one text, line breaks included. */
export type Write = (text: string) => void;

type RunStarted = Extract<TimedEvent, { readonly type: "run-started" }>;

export function openingLines(event: RunStarted, page: Page): string[] {
  const what = event.undo ? "Undoing" : event.resumed ? "Resuming" : "Starting";
  const steps = count(event.steps.length, "step");
  return [
    ...wrap(`${what} run ${event.run} of plan ${event.plan}, ${steps}.`, page.width),
    ...wrap(`Journal: ${event.journal}`, page.width, { rest: "  " }).map((line) =>
      page.paint("dim", line),
    ),
  ];
}
