/**
 * Loaded into the program by `node --import`, to end it with SIGKILL at a
 * chosen moment of an action. It watches what the process does (lines of the
 * journal, bytes to servers and their answers, children, files) and knows no
 * action by name but one: the next one that was not yet killed before, during and after is.
 * Each kill is in a ledger, on disk before it happens.
 */
import childProcess, { type ChildProcess } from "node:child_process";
import fs from "node:fs";
import fsp from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { isChange, isChangingCommand, tellsItsWork } from "./changes.ts";
import { killsOf, nextMoment, readLedger, type Kill, type Orders } from "./ledger.ts";

interface Line {
  readonly type: string;
  readonly step?: string;
  readonly action?: { readonly id: string; readonly touches: string } | string;
}

/** The kill that waits for its moment. */
interface Armed {
  readonly step: string;
  readonly action: string;
  readonly touches: string;
  readonly moment: Kill["moment"];
  /** An earlier kill of this action found that a child makes its effect. */
  readonly childKnown: boolean;
}

const real = {
  kill: process.kill.bind(process),
  append: fs.appendFileSync,
  spawn: childProcess.spawn,
  rename: fsp.rename,
  rm: fsp.rm,
  // oxlint-disable-next-line typescript/unbound-method -- called with the socket as this
  write: net.Socket.prototype.write,
  // oxlint-disable-next-line typescript/unbound-method -- the same
  push: net.Socket.prototype.push,
};

const orders = JSON.parse(process.env["ASSASSIN"] ?? "null") as Orders | null;
const direction = process.argv.includes("undo") ? "undo" : "run";
let armed: Armed | undefined;

function strike(more: Pick<Kill, "child"> = {}, child?: ChildProcess): void {
  if (armed === undefined || orders === null) return;
  const { step, action, moment } = armed;
  armed = undefined;
  const kill: Kill = { direction, step, action, moment, ...more };
  real.append(orders.ledger, `${JSON.stringify(kill)}\n`);
  if (child?.pid !== undefined && moment !== "during") real.kill(child.pid, "SIGKILL");
  if (moment !== "child alone") real.kill(process.pid, "SIGKILL");
}

function armFor({ step, action }: Line): Armed | undefined {
  if (orders === null || step === undefined || typeof action !== "object") return undefined;
  const word = action.id.split(" ", 1)[0] ?? "";
  if (orders.only !== undefined && !orders.only.includes(word)) return undefined;
  const ledger = readLedger(orders.ledger);
  const moment = nextMoment(ledger, orders, { direction, step, action: word });
  if (moment === undefined) return undefined;
  const own = killsOf(ledger, orders.kinds, { direction, step, action: word });
  const childKnown = own.some((kill) => kill.child === true);
  return { step, action: word, touches: action.touches, moment, childKnown };
}

/** `compare` may find nothing that has to be asked behind a fence, and then writes to the source nothing. */
function notesItsEffect({ touches, action }: Armed): boolean {
  return touches === "journal" || action === "compare";
}

/** What the journal tells, once it is on disk. */
async function told(line: Line, text: string): Promise<void> {
  if (line.type === "action-began") {
    armed = armFor(line);
    if (armed?.moment === "before") strike();
  }
  const first = line.type === "note" && armed !== undefined && notesItsEffect(armed);
  if (first && armed?.moment === "during") strike();
  const signal = orders?.signal;
  if (orders === null || signal === undefined || !new RegExp(signal.at).test(text)) return;
  const kill: Kill = { direction, step: line.step ?? "", action: signal.at, moment: "signal" };
  real.append(orders.ledger, `${JSON.stringify(kill)}\n`);
  const heard = new Promise<void>((resolve) => {
    process.once(signal.name, () => setImmediate(resolve));
  });
  real.kill(process.pid, signal.name);
  await heard;
}

async function watchJournal(): Promise<void> {
  const handle = await fsp.open("/dev/null");
  const prototype = Object.getPrototypeOf(handle) as {
    write: (...words: unknown[]) => Promise<unknown>;
    datasync: () => Promise<void>;
  };
  await handle.close();
  const { write, datasync } = prototype;
  const written = new WeakMap<object, string>();
  prototype.write = async function (this: object, ...words: unknown[]) {
    const [chunk] = words;
    const text = Buffer.isBuffer(chunk) ? chunk.toString("utf8") : "";
    if (text.startsWith('{"seq":')) {
      written.set(this, text);
      // The effect is made, and nothing says so yet.
      if (text.includes('"type":"action-ended"') && armed?.moment === "after") strike();
    }
    return write.apply(this, words);
  };
  prototype.datasync = async function (this: object) {
    await datasync.apply(this as never);
    const text = written.get(this);
    written.delete(this);
    if (text !== undefined) await told(JSON.parse(text) as Line, text);
  };
}

/** A request or statement that changes something; its answer is the moment. */
function watchSockets(): void {
  const changing = new WeakSet<net.Socket>();
  const { prototype } = net.Socket;
  prototype.write = function (this: net.Socket, ...words: Parameters<net.Socket["write"]>) {
    if (armed?.moment === "during" && isChange(words[0])) changing.add(this);
    return real.write.apply(this, words);
  } as net.Socket["write"];
  prototype.push = function (this: net.Socket, chunk: unknown, encoding?: BufferEncoding) {
    if (chunk !== null && changing.has(this) && armed?.moment === "during") strike();
    return real.push.call(this, chunk, encoding);
  };
}

/** A child that is killed must be at work; one that outlives the tool, or has done its part. */
function watchChildren(): void {
  const spawn = ((...words: Parameters<typeof real.spawn>): ChildProcess => {
    const child = real.spawn(...words);
    const [file, argv] = words as unknown as [string, readonly string[]];
    if (armed === undefined || !isChangingCommand(file, argv)) return child;
    // That a child makes the effect is known from now on, so it dies first, and alone.
    if (armed.moment === "during" && !armed.childKnown) armed = { ...armed, moment: "child alone" };
    const { moment } = armed;
    if (moment === "before" || moment === "after") return child;
    if (tellsItsWork(argv)) onFirstWord(child, () => strike({ child: true }, child));
    else if (moment === "during") child.once("exit", () => strike({ child: true }));
    else child.once("spawn", () => strike({ child: true }, child));
    return child;
  }) as typeof childProcess.spawn;
  childProcess.spawn = spawn;
}

function onFirstWord(child: ChildProcess, then: () => void): void {
  for (const stream of [child.stdout, child.stderr] as (net.Socket | null)[]) {
    if (stream === null) continue;
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk !== null) then();
      return real.push.call(stream, chunk, encoding);
    };
  }
}

/** A file that takes its place is the moment before, one that goes the moment after. */
function watchFiles(): void {
  fsp.rename = async (from, to) => {
    if (armed?.moment === "during") strike();
    return real.rename(from, to);
  };
  fsp.rm = async (file, options) => {
    const there = fs.existsSync(file);
    await real.rm(file, options);
    if (there && armed?.moment === "during") strike();
  };
}

if (orders !== null) {
  await watchJournal();
  watchSockets();
  watchChildren();
  watchFiles();
  syncBuiltinESMExports();
}
