/**
 * A run on a terminal: what is done is printed for good, and below it a live
 * list shows the step being worked on, why it waits, and what is still to come.
 */
import type { TimedEvent } from "../../core/event.ts";
import { endingLines } from "./ending-lines.ts";
import { findingLines } from "./finding-lines.ts";
import type { Page } from "./page.ts";
import { rowsOf, type Screen } from "./rows.ts";
import { openingLines, type RunOutput, type Write } from "./run-output.ts";
import { blankPicture, follow, type RunPicture } from "./run-picture.ts";
import { startStepList, type StepList } from "./step-list.ts";
import { lastingLines, nameWidth } from "./step-line.ts";
import { wrap } from "./text.ts";

/** The clock in the list moves this often, in milliseconds. */
const tickMs = 250;

export interface Terminal {
  readonly write: Write;
  /** Asked anew each time: windows are resized. */
  readonly screen: () => Screen;
  readonly page: () => Page;
  readonly now: () => number;
}

export function terminalOutput(terminal: Terminal, showsRemedies = true): RunOutput {
  return new TerminalOutput(terminal, showsRemedies);
}

class TerminalOutput implements RunOutput {
  readonly #terminal: Terminal;
  readonly #showsRemedies: boolean;
  readonly #tick: NodeJS.Timeout;
  #picture: RunPicture = blankPicture;
  #journal: string | undefined;
  /** Lines to print for good, at the next redraw. */
  #lasting: string[] = [];
  /** Warnings stand below the line of their step, which comes after them. */
  #warnings: string[] = [];
  #list: { readonly shows: string; readonly rows: StepList } | undefined;
  #aside = false;
  #drawing: Promise<void> = Promise.resolve();

  constructor(terminal: Terminal, showsRemedies: boolean) {
    this.#terminal = terminal;
    this.#showsRemedies = showsRemedies;
    this.#tick = setInterval(() => this.#update(), tickMs).unref();
  }

  readonly listener = (event: TimedEvent): void => {
    this.#picture = follow(this.#picture, event);
    this.#lasting.push(...this.#linesOf(event));
    if (this.#isStale()) void this.#redraw();
    else this.#update();
  };

  say(line: string): void {
    this.#lasting.push(...wrap(line, this.#terminal.page().width, { rest: "  " }));
    void this.#redraw();
  }

  async aside<T>(question: () => Promise<T>): Promise<T> {
    this.#aside = true;
    await this.#redraw();
    try {
      return await question();
    } finally {
      this.#aside = false;
      void this.#redraw();
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#tick);
    this.#aside = true;
    await this.#redraw();
  }

  #linesOf(event: TimedEvent): string[] {
    const page = this.#terminal.page();
    switch (event.type) {
      case "run-started":
        this.#journal = event.journal;
        return [...openingLines(event, page), ""];
      case "warned":
        this.#warnings.push(...findingLines(event.findings, page));
        return [];
      case "run-stopped":
        return [
          ...this.#warnings.splice(0),
          ...endingLines(event, this.#journal, page, this.#showsRemedies),
        ];
      default: {
        const lines = lastingLines(
          event,
          nameWidth(this.#picture.steps.map((step) => step.id)),
          page,
        );
        return lines === undefined ? [] : [...lines, ...this.#warnings.splice(0)];
      }
    }
  }

  #isStale(): boolean {
    return this.#lasting.length > 0 || this.#list?.shows !== this.#shown();
  }

  /** What the list is about: another step, or the same one undone, is another list. */
  #shown(): string | undefined {
    const { active } = this.#picture;
    return active === undefined || this.#aside
      ? undefined
      : `${active.id} ${String(active.undoing)}`;
  }

  #rows() {
    return rowsOf(this.#picture, this.#terminal.screen(), this.#terminal.now());
  }

  #update(): void {
    const rows = this.#rows();
    if (rows !== undefined && this.#list?.shows === this.#shown()) this.#list?.rows.show(rows);
  }

  #redraw(): Promise<void> {
    // A list that cannot be drawn is no reason to disturb the run: its lines still appear.
    this.#drawing = this.#drawing.then(() => this.#draw()).catch(() => undefined);
    return this.#drawing;
  }

  async #draw(): Promise<void> {
    if (!this.#isStale()) return;
    await this.#list?.rows.stop();
    this.#list = undefined;
    const lines = this.#lasting.splice(0);
    if (lines.length > 0) this.#terminal.write(`${lines.join("\n")}\n`);
    const shows = this.#shown();
    const rows = this.#rows();
    if (shows === undefined || rows === undefined) return;
    this.#list = { shows, rows: await startStepList(rows, this.#terminal.page().paint) };
  }
}
