/**
 * What the live list shows at this moment: the step being worked on, then those
 * not reached yet, never more than fit. Steps that are done are printed for
 * good above it and are no concern of the list.
 */
import { visible } from "../../core/visible.ts";
import type { RunPicture } from "./run-picture.ts";
import { activeLines, clockOf } from "./active-lines.ts";
import { nameWidth } from "./step-line.ts";
import { cut, pad } from "./text.ts";

/** listr2 garbles lists taller than the terminal; more than this nobody reads. */
const mostRows = 18;

export interface Rows {
  readonly title: string;
  /** Below the title. */
  readonly lines: readonly string[];
  /** Steps not reached, in order; the last may stand for several. */
  readonly later: readonly string[];
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** Undefined while no step is being worked on. */
export function rowsOf(picture: RunPicture, screen: Screen, now: number): Rows | undefined {
  const { active } = picture;
  if (active === undefined) return undefined;
  const height = Math.max(4, Math.min(mostRows, screen.rows - 4));
  // Two columns for the symbol, two that listr2 keeps free.
  const width = Math.max(20, screen.columns - 4);
  const names = nameWidth(picture.steps.map((step) => step.id));
  const past = picture.pastPointOfNoReturn ? "past the point of no return, " : "";
  const title = cut(`${pad(active.id, names)}  ${past}${clockOf(active, now)}`, width);
  const later = active.undoing ? [] : laterSteps(picture, active.id);
  const lines = activeLines(
    picture,
    width - 2,
    Math.max(3, height - 1 - Math.min(later.length, 4)),
  );
  // Drawn by listr2, which writes to the terminal by itself.
  return {
    title: visible(title),
    lines: lines.map((line) => cut(visible(line), width - 2)),
    later: fitted(later, height - 1 - lines.length).map(visible),
  };
}

function laterSteps(picture: RunPicture, id: string): string[] {
  const at = picture.steps.findIndex((step) => step.id === id);
  return picture.steps
    .slice(at + 1)
    .filter((step) => step.state === "not-reached")
    .map((step) => step.id);
}

function fitted(steps: readonly string[], rows: number): readonly string[] {
  if (steps.length <= rows) return steps;
  const shown = steps.slice(0, Math.max(0, rows - 1));
  return [...shown, `and ${steps.length - shown.length} more steps`];
}
