/** What is wrong with a plan, and where: all of it at once. */
import { UsageError } from "../errors.ts";
import { visible } from "../visible.ts";

export interface Problem {
  /** 1-based; 1 when the place is not known. */
  readonly line: number;
  readonly column: number;
  /** `steps[3].deadline`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
}

/** Who has read so many does not read on; and a file of another kind has thousands. */
export const mostProblems = 50;

export class PlanError extends UsageError {
  readonly file: string;
  /** The first of them, by their place. */
  readonly problems: readonly Problem[];
  /** Whether there may be more than are told. */
  readonly isCut: boolean;

  constructor(
    file: string,
    problems: readonly Problem[],
    remedy = "opensauced-migrate explain shows every step kind and its settings",
  ) {
    const sorted = problems
      .toSorted((a, b) => a.line - b.line || a.column - b.column)
      .slice(0, mostProblems)
      .map((problem) => ({
        ...problem,
        path: shown(problem.path),
        message: shown(problem.message),
      }));
    const lines = sorted.map((problem) => {
      const path = problem.path === "" ? "" : `${problem.path}: `;
      return `${file}:${problem.line}:${problem.column}: ${path}${problem.message}`;
    });
    super({
      message: lines.join("\n"),
      meaning: "Nothing was looked at or changed.",
      remedy,
    });
    this.file = file;
    this.problems = sorted;
    this.isCut = problems.length >= mostProblems;
  }
}

/** Keys and ids of a plan may hold what acts on a terminal; and long ones are cut. */
function shown(text: string): string {
  const seen = visible(text);
  return seen.length > longestText ? `${seen.slice(0, longestText)}...` : seen;
}

/** Characters. */
const longestText = 1000;

/** `["steps", 3, "deadline"]` as `steps[3].deadline`. */
export function showPath(path: readonly PropertyKey[]): string {
  let shown = "";
  for (const part of path) {
    if (typeof part === "number") shown += `[${part}]`;
    else shown += shown === "" ? String(part) : `.${String(part)}`;
  }
  return shown;
}
