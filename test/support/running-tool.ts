/**
 * The built program while it carries a run: its events as they come, so that a
 * test can strike at a moment of the run and not at a moment of the clock.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { TimedEvent } from "../../src/core/event.ts";
import { programFile, type Ended } from "./program.ts";

export interface RunningTool {
  readonly pid: number;
  /** So far, oldest first. */
  readonly events: readonly TimedEvent[];
  readonly ended: Promise<Ended & { readonly signal: NodeJS.Signals | null }>;
  /** The first such event, past ones included; rejects when the tool ends without one. */
  event(matches: (event: TimedEvent) => boolean): Promise<TimedEvent>;
  kill(signal: NodeJS.Signals): void;
}

export interface ToolOptions {
  readonly cwd: string;
  readonly env: { readonly [name: string]: string | undefined };
}

interface Watcher {
  readonly matches: (event: TimedEvent) => boolean;
  readonly found: (event: TimedEvent) => void;
  readonly ended: (why: Error) => void;
}

export function startTool(words: readonly string[], options: ToolOptions): RunningTool {
  const child = spawn(process.execPath, [programFile, ...words], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const events: TimedEvent[] = [];
  const watchers = new Set<Watcher>();
  const lines = createInterface({ input: child.stdout });
  let out = "";
  lines.on("line", (line) => {
    out += `${line}\n`;
    const event = eventIn(line);
    if (event === undefined) return;
    events.push(event);
    for (const watcher of watchers) {
      if (!watcher.matches(event)) continue;
      watchers.delete(watcher);
      watcher.found(event);
    }
  });
  const ended = endOf(child, () => out).then((end) => {
    const why = new Error(
      `The tool ended (${end.code ?? end.signal}) before what the test waits for.\n${end.err}`,
    );
    for (const watcher of watchers) watcher.ended(why);
    watchers.clear();
    return end;
  });
  return {
    pid: child.pid ?? 0,
    events,
    ended,
    event: async (matches) => {
      const past = events.find(matches);
      if (past !== undefined) return past;
      return new Promise((found, reject) => watchers.add({ matches, found, ended: reject }));
    },
    kill: (signal) => void child.kill(signal),
  };
}

/** A program that is killed may leave half a line. */
function eventIn(line: string): TimedEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as TimedEvent;
  } catch {
    return undefined;
  }
}

function endOf(
  child: ChildProcess,
  out: () => string,
): Promise<Ended & { readonly signal: NodeJS.Signals | null }> {
  let err = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, out: out(), err }));
  });
}

/** The moment right before an action, when its beginning is on disk. */
export function began(step: string, action: string): (event: TimedEvent) => boolean {
  return (event) =>
    event.type === "action-began" && event.step === step && event.action.id.startsWith(action);
}

export function endedAction(step: string, action: string): (event: TimedEvent) => boolean {
  return (event) =>
    event.type === "action-ended" && event.step === step && event.action.id.startsWith(action);
}
