/** What is wrong with a plan, and where: all of it at once. */
import { UsageError } from "../errors.ts";

export interface Problem {
  /** 1-based; 1 when the place is not known. */
  readonly line: number;
  readonly column: number;
  /** `steps[3].deadline`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
}

export class PlanError extends UsageError {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(
    file: string,
    problems: readonly Problem[],
    remedy = "opensauced-migrate explain shows every step kind and its settings",
  ) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
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
  }
}

/** `["steps", 3, "deadline"]` as `steps[3].deadline`. */
export function showPath(path: readonly PropertyKey[]): string {
  let shown = "";
  for (const part of path) {
    if (typeof part === "number") shown += `[${part}]`;
    else shown += shown === "" ? String(part) : `.${String(part)}`;
  }
  return shown;
}
