/**
 * What `run`, `undo` and `rehearse` share: an output that shows the events, a
 * picture of the run for whoever presses Ctrl-C, signals, and gates.
 */
import type { Listener } from "../core/event.ts";
import type { Approver } from "../engine/index.ts";
import { approver } from "./approver.ts";
import type { Desk } from "./desk.ts";
import { jsonOutput } from "./output/json.ts";
import { plainOutput } from "./output/plain.ts";
import type { RunOutput } from "./output/run-output.ts";
import { blankPicture, follow } from "./output/run-picture.ts";
import { terminalOutput } from "./output/terminal.ts";
import { Interrupted, listenForStops } from "./stopping.ts";
import { runStopWords } from "./stop-words.ts";

/** Before its first event a run is silent; no longer than this, in milliseconds. */
const slowOpeningMs = 2000;

export interface WatchOptions {
  /** What is under way before the first event, said when it takes long. */
  readonly opening: string;
  readonly json: boolean;
  readonly plain: boolean;
  readonly approve: readonly string[];
  /** False in a rehearsal, where the commands of remedies have nothing to work on. */
  readonly showsRemedies: boolean;
}

export interface Watch {
  readonly listener: Listener;
  readonly signal: AbortSignal;
  readonly approve: Approver;
  readonly say: (line: string) => void;
  /** Was anything told? A run with nothing to do may tell nothing. */
  readonly sawRun: () => boolean;
}

export async function watched<T>(
  desk: Desk,
  options: WatchOptions,
  work: (watch: Watch) => Promise<T>,
): Promise<T> {
  const output = outputFor(desk, options);
  const pasteable = desk.errorPage().pasteable;
  let picture = blankPicture;
  let saw = false;
  const listen = harmless(desk, output.listener);
  const stopping = listenForStops({
    words: () => runStopWords(picture),
    say: (line) => output.say(pasteable(line)),
    now: () => performance.now(),
    exit: endAtOnce,
  });
  const slow = setTimeout(() => saw || output.say(options.opening), slowOpeningMs);
  const mayAsk = desk.facts.canAsk && !options.json;
  const person = {
    show: (lines: readonly string[]) => desk.print(lines),
    page: () => desk.page(),
    aside: <A>(question: () => Promise<A>) => output.aside(question),
    interrupt: () => stopping.interrupt(),
  };
  try {
    return await work({
      listener: (event) => {
        saw = true;
        picture = follow(picture, event);
        listen(event);
      },
      signal: stopping.signal,
      approve: approver(options.approve, mayAsk ? person : undefined),
      say: (line) => output.say(line),
      sawRun: () => saw,
    });
  } catch (error) {
    // Stopped while it was being opened; once a run has begun, it ends with an answer.
    throw stopping.signal.aborted && !saw ? new Interrupted() : error;
  } finally {
    clearTimeout(slow);
    await output.close();
    stopping.release();
  }
}

/** A printer that fails must not stop a run that may have frozen a source: it falls silent. */
function harmless(desk: Desk, listener: Listener): Listener {
  let failed = false;
  return (event) => {
    if (failed) return;
    try {
      listener(event);
    } catch (error) {
      failed = true;
      desk.complain([
        "The display failed and shows nothing more; the run goes on. Its state: opensauced-migrate status",
        ...(desk.options.verbose && error instanceof Error ? [error.stack ?? error.message] : []),
      ]);
    }
  };
}

function outputFor(desk: Desk, options: WatchOptions): RunOutput {
  const { showsRemedies } = options;
  if (options.json)
    return jsonOutput(desk.writeOut, plainOutput(desk.writeErr, desk.errorPage(), showsRemedies));
  if (options.plain || !desk.facts.live)
    return plainOutput(desk.writeOut, desk.page(), showsRemedies);
  const page = () => desk.page();
  const screen = () => desk.screen();
  return terminalOutput({ write: desk.writeOut, screen, page, now: Date.now }, showsRemedies);
}

/** After a third Ctrl-C: gives the live list a moment to leave the screen, and no more. */
function endAtOnce(code: number): void {
  setTimeout(() => process.exit(code), 100);
}
