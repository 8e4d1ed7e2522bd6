/**
 * The live part of the screen, drawn by listr2: one row for the step being
 * worked on, one for each not reached. It draws what it is given; nothing of a
 * run happens inside it, and its one "task" only waits to be put away.
 */
import type { Listr, ListrTask } from "listr2";
import type { Paint } from "./paint.ts";
import type { Rows } from "./rows.ts";

export interface StepList {
  show(rows: Rows): void;
  /** Takes the list off the screen, and gives standard output back. */
  stop(): Promise<void>;
}

/** More rows than a list ever has; those without a title take no line. */
const mostLater = 20;

export async function startStepList(rows: Rows, paint: Paint): Promise<StepList> {
  const { Listr: List, Spinner } = await import("listr2");
  const away = Promise.withResolvers<never>();
  const active: ListrTask = { title: rows.title, task: () => away.promise };
  const later = Array.from({ length: mostLater }, (_, index) => ({
    title: rows.later[index] ?? "",
    task: () => undefined,
  }));
  class Turning extends Spinner {
    protected override readonly spinner = [...paint.symbols.spinner];
  }
  const list = new List([active, ...later], {
    concurrent: false,
    // Ctrl-C is the run's: it must thaw the source before the program ends.
    registerSignalListeners: false,
    rendererOptions: {
      clearOutput: true,
      formatOutput: "truncate",
      showErrorMessage: false,
      spinner: new Turning(),
      icon: icons(paint),
      color: colours(paint),
    },
  });
  const drawn = list.run().catch(() => undefined);
  const show = (next: Rows) => showRows(list, next, paint);
  show(rows);
  return {
    show,
    stop: async () => {
      // Without titles first: a row that listr2 ends would flash as done.
      showRows(list, { title: rows.title, lines: [], later: [] }, paint);
      away.reject(new Error("put away"));
      await drawn;
    },
  };
}

function showRows(list: Listr, rows: Rows, paint: Paint): void {
  const [active, ...later] = list.tasks;
  if (active === undefined) return;
  set(active, rows.title);
  later.forEach((task, index) => set(task, paint("dim", rows.later[index] ?? "")));
  // Set anew even when equal: listr2 listens for output only from its first frame on.
  active.output$ = rows.lines.join("\n");
}

function set(task: Listr["tasks"][number], title: string): void {
  if (task.title !== title) task.title$ = title;
}

/** A row of this list only works or waits; whether a step succeeded is printed elsewhere. */
function icons({ symbols }: Paint) {
  const { later } = symbols;
  return {
    WAITING: later,
    COMPLETED: later,
    FAILED: later,
    COMPLETED_WITH_SISTER_TASKS_FAILED: later,
    OUTPUT: " ",
  };
}

function colours(paint: Paint) {
  const dim = (text?: string) => paint("dim", text ?? "");
  return {
    PENDING: (text?: string) => paint("yellow", text ?? ""),
    WAITING: dim,
    COMPLETED: dim,
    FAILED: dim,
    COMPLETED_WITH_SISTER_TASKS_FAILED: dim,
    OUTPUT: dim,
  };
}
