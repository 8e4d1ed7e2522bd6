/**
 * What a command has on its desk: where to write, on what paper, and the
 * options that every command shares. The only place that writes to the
 * standard streams.
 */
import { isatty } from "node:tty";
import type { Invocation } from "../migration/api.ts";
import { fitForScreen } from "./output/border.ts";
import { widest, type Page } from "./output/page.ts";
import { painter } from "./output/paint.ts";
import { choosePlanFile } from "./plan-file.ts";
import { pasteableWith } from "./pasteable.ts";
import { terminalFacts, terminalVariables, type TerminalFacts } from "./terminal-facts.ts";

export interface GlobalOptions {
  readonly plan: string | undefined;
  readonly state: string | undefined;
  readonly color: boolean | undefined;
  readonly verbose: boolean;
}

export const defaultStateFolder = ".opensauced-migrate";
const narrowest = 40;
const usual = { columns: 80, rows: 24 };

export class Desk {
  readonly options: GlobalOptions;
  readonly facts: TerminalFacts;

  constructor(options: GlobalOptions) {
    this.options = options;
    const streams = {
      stdin: isatty(0),
      stdout: isatty(1),
      stderr: isatty(2),
    };
    this.facts = terminalFacts(terminalVariables(), streams, options.color);
  }

  get stateFolder(): string {
    return this.options.state ?? defaultStateFolder;
  }

  async invocation(): Promise<Invocation> {
    const planFile = await choosePlanFile(this.options.plan, process.cwd());
    return { planFile, stateFolder: this.stateFolder };
  }

  readonly writeOut = (text: string): void => {
    process.stdout.write(fitForScreen(text, this.facts.colour));
  };

  readonly writeErr = (text: string): void => {
    process.stderr.write(fitForScreen(text, this.facts.colourOnErrors));
  };

  /** The line that standard error stands in is empty again. */
  readonly eraseErrorLine = (): void => {
    process.stderr.write("\r\u001b[K");
  };

  print(lines: readonly string[]): void {
    this.writeOut(`${lines.join("\n")}\n`);
  }

  complain(lines: readonly string[]): void {
    this.writeErr(`${lines.join("\n")}\n`);
  }

  /** Standard output as paper; a pipe has no width. */
  page(): Page {
    return this.#pageOf(process.stdout, this.facts.colour);
  }

  errorPage(): Page {
    return this.#pageOf(process.stderr, this.facts.colourOnErrors);
  }

  screen(): { readonly columns: number; readonly rows: number } {
    // Zero, where whoever made the terminal never told its size.
    const { columns, rows } = process.stdout;
    return { columns: Math.max(narrowest, columns || usual.columns), rows: rows || usual.rows };
  }

  #pageOf(stream: { readonly isTTY?: boolean; readonly columns?: number }, colour: boolean): Page {
    const columns =
      stream.isTTY === true ? Math.min(widest, stream.columns || usual.columns) : Infinity;
    return {
      width: Math.max(narrowest, columns),
      paint: painter(colour, this.facts.unicode),
      verbose: this.options.verbose,
      pasteable: pasteableWith(this.options),
    };
  }
}

/**
 * A reader that goes away (`| head`, a closed terminal) must not end a run
 * that has frozen a source: what cannot be written is dropped. What a reader
 * still waits for is another matter: the code of what kept standard output
 * from it, such as ENOSPC, is told once the command has ended.
 */
export function surviveClosedStreams(): () => Promise<string | undefined> {
  let kept: string | undefined;
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", ({ code = "unknown" }: NodeJS.ErrnoException) => {
    if (code !== "EPIPE") kept ??= code;
  });
  return async () => {
    // Errors of a stream are told after the write has returned.
    await new Promise((resolve) => setImmediate(resolve));
    return kept;
  };
}
