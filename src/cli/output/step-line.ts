/**
 * One line for a step that is done with, and what is said for good about a
 * run while it goes: the point of no return, gates, undo.
 */
import type { TimedEvent } from "../../core/event.ts";
import { showDuration } from "../../core/duration.ts";
import type { Page } from "./page.ts";
import type { Colour } from "./paint.ts";
import { cut, pad, widthOf, wrap } from "./text.ts";

/** Columns of a step's name in a list: the longest id, within reason. */
export function nameWidth(ids: readonly string[]): number {
  return Math.min(26, Math.max(8, ...ids.map(widthOf)));
}

export interface StepLine {
  readonly symbol: string;
  readonly colour: Colour;
  readonly id: string;
  readonly text: string;
  /** On the right: a time, a state. */
  readonly end: string;
}

/** Columns at the end that hold a time. */
const endWidth = 8;

/** Symbol, name, text cut to what is left, and the end in the last columns. */
export function stepLine(line: StepLine, names: number, page: Page): string {
  const room = roomFor(names, page);
  return composed(
    line,
    Number.isFinite(room) ? cut(line.text, room) : line.text,
    room,
    names,
    page,
  );
}

/** The same, but the text whole: on as many lines as it takes. */
export function wholeStepLines(line: StepLine, names: number, page: Page): string[] {
  const room = roomFor(names, page);
  const [first = "", ...rest] = wrap(line.text, room);
  return [
    composed(line, first, room, names, page),
    ...rest.map((text) => " ".repeat(names + 4) + text),
  ];
}

function roomFor(names: number, page: Page): number {
  return page.width - 2 - names - 2 - 2 - endWidth;
}

function composed(
  line: StepLine,
  text: string,
  room: number,
  names: number,
  { paint }: Page,
): string {
  const padded = Number.isFinite(room) ? pad(text, room) : text;
  const end = Number.isFinite(room) ? line.end.padStart(endWidth) : line.end;
  return `${paint(line.colour, line.symbol)} ${pad(line.id, names)}  ${padded}  ${paint("dim", end)}`.trimEnd();
}

/** Undefined for events that the live list shows and forgets. */
export function lastingLines(event: TimedEvent, names: number, page: Page): string[] | undefined {
  const { paint } = page;
  const { symbols } = paint;
  switch (event.type) {
    case "step-satisfied": {
      const end = showDuration(event.tookMs);
      return wholeStepLines(
        { symbol: symbols.satisfied, colour: "green", id: event.step, text: event.because, end },
        names,
        page,
      );
    }
    case "step-kept":
      return wholeStepLines(
        {
          symbol: symbols.satisfied,
          colour: "green",
          id: event.step,
          text: event.because,
          end: "before",
        },
        names,
        page,
      );
    case "approved": {
      const text = `approved by ${event.who} (${event.how})`;
      return wholeStepLines(
        { symbol: symbols.gate, colour: "yellow", id: event.step, text, end: "" },
        names,
        page,
      );
    }
    case "point-of-no-return":
      return banner(
        "POINT OF NO RETURN",
        `${event.action.summary}. From here writes may reach the target: the run only goes forward.`,
        page,
      );
    case "undoing":
      return wholeStepLines(
        {
          symbol: symbols.undone,
          colour: "yellow",
          id: event.step,
          text: `undoing: ${event.because}`,
          end: "",
        },
        names,
        page,
      );
    case "step-undone": {
      const end = showDuration(event.tookMs);
      const text = `undone: ${event.because}`;
      return wholeStepLines(
        { symbol: symbols.undone, colour: "green", id: event.step, text, end },
        names,
        page,
      );
    }
    default:
      return undefined;
  }
}

function banner(title: string, text: string, page: Page): string[] {
  const { paint, width } = page;
  const columns = Math.min(width, 78);
  const head = `${paint.symbols.rule.repeat(3)} ${title} `;
  const rule = head + paint.symbols.rule.repeat(Math.max(3, columns - widthOf(head)));
  return [
    paint("yellow", paint("bold", rule)),
    ...wrap(text, columns, { first: "    ", rest: "    " }),
  ];
}
