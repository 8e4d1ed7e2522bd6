import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openJournalStore } from "../../src/providers/journal-file/index.ts";
import { openedBody } from "../support/journal-entries.ts";

const program = fileURLToPath(new URL("../support/journal-process.ts", import.meta.url));
const children = new Set<ChildProcessWithoutNullStreams>();
let state: string;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "osm-lock-"));
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  children.clear();
  await rm(state, { recursive: true, force: true });
});

interface Contender {
  readonly child: ChildProcessWithoutNullStreams;
  /** Gives the command, and the line that it is answered with; undefined once there is none. */
  readonly told: (command: string) => Promise<string | undefined>;
  readonly complaints: () => string;
}

function contender(): Contender {
  const child = spawn(process.execPath, [program, state]);
  children.add(child);
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    told: async (command) => {
      child.stdin.write(`${command}\n`);
      return (await lines.next()).value;
    },
    complaints: () => complaints,
  };
}

async function began(run: string): Promise<void> {
  const journal = await openJournalStore(state).create(run);
  await journal.append(openedBody(run));
  await journal.close();
}

async function killed({ child }: Contender): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

it("refuses a second process, naming the first, and takes nothing from it", async () => {
  const first = contender();
  expect(await first.told("create r1")).toBe("held");
  const second = contender();
  const refusal = await second.told("open r1");
  expect(refusal).toMatch(/^refused: Run r1 is being carried by /);
  expect(refusal).toContain(`process ${first.child.pid} on ${hostname()}`);
  expect(refusal).toMatch(/since \d{4}-\d\d-\d\dT/);
  expect(await first.told("append still mine")).toBe("appended still mine");
  expect(await first.told("close")).toBe("closed");
  expect(await second.told("open r1")).toBe("held");
});

it("is free at once when its holder is killed, and keeps what it wrote", async () => {
  const first = contender();
  expect(await first.told("create r1")).toBe("held");
  expect(await first.told("append before the kill")).toBe("appended before the kill");
  await killed(first);
  const journal = await openJournalStore(state).open("r1");
  expect(journal.entries.at(-1)).toMatchObject({ type: "note", value: "before the kill" });
  await journal.close();
});

it("lets exactly one of two racing starters in, every time", async () => {
  await began("r1");
  const both = [contender(), contender()] as const;
  for (let round = 0; round < 20; round++) {
    const said = await Promise.all(both.map(({ told }) => told("open r1")));
    const winner = both[said.indexOf("held")];
    const losers = said.filter((line) => line?.startsWith("refused: Run r1 is being carried"));
    expect([round, said.filter((line) => line === "held").length, losers.length]).toEqual([
      round,
      1,
      1,
    ]);
    expect(await winner?.told("close")).toBe("closed");
  }
}, 60_000);

it("lets exactly one of two create a new run", async () => {
  const both = [contender(), contender()];
  for (let round = 0; round < 10; round++) {
    const said = await Promise.all(both.map(({ told }) => told(`create run${round}`)));
    expect([round, said.filter((line) => line === "held").length]).toEqual([round, 1]);
  }
}, 60_000);

it("tells status who holds it, only while it is held, and never disturbs", async () => {
  const store = openJournalStore(state);
  expect(await store.holder("r1")).toBe(undefined);
  const first = contender();
  expect(await first.told("create r1")).toBe("held");
  for (let times = 0; times < 20; times++) {
    expect(await store.holder("r1")).toMatchObject({ pid: first.child.pid, host: hostname() });
  }
  expect((await store.list()).map(({ run }) => run)).toEqual(["r1"]);
  expect(await first.told("append undisturbed")).toBe("appended undisturbed");
  await killed(first);
  // holder.json is still there: what it says counts only with the lock.
  expect(await store.holder("r1")).toBe(undefined);
});

it("does not refuse a starter because somebody only asked", async () => {
  await began("r1");
  const store = openJournalStore(state);
  const asking = new AbortController();
  const asker = (async () => {
    while (!asking.signal.aborted) await store.holder("r1");
  })();
  const starter = contender();
  for (let times = 0; times < 30; times++) {
    expect(await starter.told("open r1")).toBe("held");
    expect(await starter.told("close")).toBe("closed");
  }
  asking.abort();
  await asker;
}, 30_000);

it("holds within one process too, and two runs go on at once", async () => {
  const store = openJournalStore(state);
  const one = await store.create("r1");
  const other = await store.create("r2");
  await expect(store.open("r1")).rejects.toThrow(`process ${process.pid} on`);
  expect(await store.holder("r1")).toMatchObject({ pid: process.pid });
  await one.append(openedBody("r1"));
  await one.close();
  expect(await store.holder("r1")).toBe(undefined);
  expect(await store.holder("r2")).toMatchObject({ pid: process.pid });
  await other.close();
});

it("a refused one does not take the first one's lock along when it goes", async () => {
  // POSIX drops a process's locks on a file when any descriptor of it is closed.
  const store = openJournalStore(state);
  const own = await store.create("r1");
  await own.append(openedBody("r1"));
  await expect(store.open("r1")).rejects.toThrow("is being carried");
  await store.holder("r1");
  await store.list();
  expect(await contender().told("open r1")).toContain(`process ${process.pid} on`);
  await own.close();
});

it("says nothing about experimental features", async () => {
  const first = contender();
  expect(await first.told("create r1")).toBe("held");
  first.child.stdin.end();
  await once(first.child, "close");
  expect(first.complaints()).toBe("");
});

it("takes a lock that it cannot use for an error, not for a free run", async () => {
  await began("r1");
  await writeFile(join(state, "r1", "lock.db"), "not a database".repeat(100));
  await expect(openJournalStore(state).open("r1")).rejects.toThrow(/could not be found out/);
  await expect(openJournalStore(state).holder("r1")).rejects.toThrow(/could not be found out/);
});
