import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { EntryBody } from "../../src/core/journal/entry.ts";
import type { Journal } from "../../src/core/journal/journal.ts";
import { carry, type Clock } from "../../src/engine/index.ts";
import { openJournalStore } from "../../src/providers/journal-file/index.ts";
import { fakeMigration, migrationIds, migrationSteps } from "../support/fake-migration.ts";
import type { FakeMigration } from "../support/fake-migration.ts";
import { openedBody } from "../support/journal-entries.ts";

let state: string;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "osm-crash-"));
});

afterEach(() => rm(state, { recursive: true, force: true }));

const clock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
};

/** A process that dies at an append; the file is left as the disk would have it. */
function mortal(journal: Journal, dies: number): { journal: Journal; died: Promise<void> } {
  let appends = 0;
  let die: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const append = (body: EntryBody): Promise<void> => {
    if (++appends < dies) return journal.append(body);
    die();
    return new Promise<never>(() => undefined);
  };
  return {
    journal: {
      run: journal.run,
      place: journal.place,
      get entries() {
        return journal.entries;
      },
      append,
      close: () => journal.close(),
    },
    died,
  };
}

async function lives(
  migration: FakeMigration,
  journal: Journal,
  died: Promise<void>,
): Promise<string> {
  const run = carry(
    {
      journal,
      clock,
      approve: () => Promise.resolve({ who: "anna", how: "terminal" }),
      emit: () => undefined,
    },
    { steps: migrationSteps(migration), signal: new AbortController().signal },
  );
  return Promise.race([run.then(({ ending }) => ending), died.then(() => "died")]);
}

const never = new Promise<never>(() => undefined);

it("comes to the same end from every torn last line", async () => {
  const store = openJournalStore(state);
  let appends = Infinity;
  for (let dies = 1; dies <= appends; dies++) {
    const run = `osm${dies}`;
    const migration = fakeMigration();
    const created = await store.create(run);
    await created.append(openedBody(run, migrationIds));
    const first = mortal(created, dies);
    const ended = await lives(migration, first.journal, first.died);
    await created.close();
    if (ended === "finished") {
      appends = dies - 1;
      break;
    }
    const line = '{"type":"action-ended","step":"never told","action":"x","seq":99,"at":"2026';
    await appendFile(created.place, line.slice(0, 1 + ((dies * 7) % line.length)));
    const again = await store.open(run);
    expect(again.tornBytes).toBeGreaterThan(0);
    expect([dies, await lives(migration, again, never)]).toEqual([dies, "finished"]);
    await again.close();
    expect([dies, migration.effects.length, new Set(migration.effects).size]).toEqual([dies, 6, 6]);
    expect(migration.wrongs).toEqual([]);
    expect(await readFile(created.place, "utf8")).not.toContain("never told");
  }
  expect(appends).toBeGreaterThanOrEqual(28);
}, 60_000);
