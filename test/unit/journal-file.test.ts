import {
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ActionError, UnreadableError, UsageError } from "../../src/core/errors.ts";
import { openJournalStore } from "../../src/providers/journal-file/index.ts";
import { tell } from "../../src/providers/journal-file/failure.ts";
import { journalText, note, openedBody } from "../support/journal-entries.ts";

let state: string;

beforeEach(async () => {
  state = join(await mkdtemp(join(tmpdir(), "osm-journal-")), "state");
});

afterEach(async () => {
  await rm(join(state, ".."), { recursive: true, force: true });
});

const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

async function created(run = "r1") {
  const journal = await openJournalStore(state).create(run);
  await journal.append(openedBody(run));
  return journal;
}

describe("a run's file", () => {
  it("is for its owner alone, whatever the umask", async () => {
    const before = process.umask(0);
    try {
      const journal = await created();
      expect(await mode(state)).toBe("700");
      expect(await mode(join(state, "r1"))).toBe("700");
      for (const file of ["journal.jsonl", "lock.db", "holder.json"]) {
        expect([file, await mode(join(state, "r1", file))]).toEqual([file, "600"]);
      }
      await journal.close();
    } finally {
      process.umask(before);
    }
  });

  it("holds what was appended, in order, when many append at once", async () => {
    const journal = await created();
    const values = Array.from({ length: 50 }, (_, index) => `${index}`);
    await Promise.all(values.map((value) => journal.append(note(value))));
    await journal.close();
    const again = await openJournalStore(state).open("r1");
    const read = again.entries.flatMap((entry) => (entry.type === "note" ? [entry.value] : []));
    expect(read).toEqual(values);
    expect(again.entries.map((entry) => entry.seq)).toEqual(values.map((_, i) => i + 1).concat(51));
    expect(again.entries).toEqual(journal.entries);
    await again.close();
  });

  it("has the entry on disk when the promise resolves", async () => {
    const journal = await created();
    await journal.append(note("seen"));
    expect(await readFile(journal.place, "utf8")).toContain('"seen"');
    await journal.close();
  });

  it("never takes what it could not read back", async () => {
    const journal = await created();
    const strange = { type: "note", step: "s", name: "n", value: Number.NaN } as const;
    await expect(journal.append({ ...strange, value: "x", extra: 1 } as never)).resolves.toBe(
      undefined,
    );
    await expect(journal.append({ type: "nonsense" } as never)).rejects.toThrow();
    await journal.append(strange).catch(() => undefined);
    await journal.close();
    const again = await openJournalStore(state).open("r1");
    expect(again.entries.length).toBe(journal.entries.length);
    await again.close();
  });

  it("refuses entries after it was closed", async () => {
    const journal = await created();
    await journal.close();
    await journal.close();
    await expect(journal.append(note("late"))).rejects.toThrow("closed");
  });
});

describe("opening", () => {
  it("refuses to begin a used run again, and leaves it as it was", async () => {
    const journal = await created();
    await journal.close();
    const before = await readFile(journal.place, "utf8");
    const error = await openJournalStore(state)
      .create("r1")
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain("exists already");
    expect(await readFile(journal.place, "utf8")).toBe(before);
    await (await openJournalStore(state).open("r1")).close();
  });

  it("refuses a run that is not there, or that never began", async () => {
    const store = openJournalStore(state);
    await expect(store.open("r1")).rejects.toThrow(/There is no run r1/);
    await (await store.create("r2")).close();
    await expect(store.open("r2")).rejects.toThrow(/There is no run r2/);
    const begun = await store.create("r2");
    await begun.append(openedBody("r2"));
    await begun.close();
  });

  it.each(["", "..", "a/b", "A", "-a", "a\0"])("refuses the name %j", async (name) => {
    await expect(openJournalStore(state).create(name)).rejects.toThrow(UsageError);
  });

  it.each([
    ["half a line", '{"seq":3,"at":"2026'],
    ["half a character", Buffer.from([0x7b, 0xe2, 0x82])],
    ["NULs that a power cut left", "\0\0\0\0"],
    ["a line with NULs in it", '{"seq":3\0\0\0\0}\n'],
  ])("cuts %s off, and goes on", async (_name, torn) => {
    const journal = await created();
    await journal.append(note("second"));
    await journal.close();
    await appendFile(journal.place, torn);
    const [listed] = await openJournalStore(state).list();
    expect(listed?.entries.length).toBe(2);
    const again = await openJournalStore(state).open("r1");
    expect(again.tornBytes).toBe(torn.length);
    expect(again.entries).toEqual(journal.entries);
    await again.append(note("third"));
    await again.close();
    const last = await openJournalStore(state).open("r1");
    expect(last.tornBytes).toBe(0);
    expect(last.entries.map((entry) => entry.seq)).toEqual([1, 2, 3]);
    await last.close();
  });

  it("names the damaged line, and gives the lock back", async () => {
    const journal = await created();
    await journal.append(note("one"));
    await journal.append(note("two"));
    await journal.close();
    const text = await readFile(journal.place, "utf8");
    await writeFile(journal.place, text.replace('"one"', '"0ne"'));
    for (let times = 0; times < 2; times++) {
      const error = await openJournalStore(state)
        .open("r1")
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(UnreadableError);
      expect(String(error)).toContain("damaged in line 2");
    }
    await expect(openJournalStore(state).list()).rejects.toThrow("damaged in line 2");
    await writeFile(journal.place, text);
    await (await openJournalStore(state).open("r1")).close();
  });

  it("takes a relative symbolic link to the state folder for the same runs", async () => {
    const journal = await created();
    const alias = join(state, "..", "alias");
    await symlink(state, alias);
    await expect(openJournalStore(alias).open("r1")).rejects.toThrow("is being carried");
    await journal.close();
    await (await openJournalStore(alias).open("r1")).close();
  });
});

describe("list", () => {
  it("is empty where nothing is, and passes over what is not a run", async () => {
    expect(await openJournalStore(state).list()).toEqual([]);
    await (await created()).close();
    await writeFile(join(state, "README"), "x");
    await (await openJournalStore(state).create("never-began")).close();
    const runs = await openJournalStore(state).list();
    expect(runs.map(({ run }) => run)).toEqual(["r1"]);
  });

  it("never passes over a run that lost its journal", async () => {
    const journal = await created();
    await journal.close();
    await rm(journal.place);
    await expect(openJournalStore(state).list()).rejects.toThrow("is gone");
    await writeFile(journal.place, "");
    // As it is after a crash before the first entry.
    expect(await openJournalStore(state).list()).toEqual([]);
    await mkdir(join(state, "r1", "snapshot"));
    await expect(openJournalStore(state).list()).rejects.toThrow(UnreadableError);
    await expect(openJournalStore(state).list()).rejects.toThrow("is empty, and yet");
  });

  it("takes no copy for a run of its own", async () => {
    await (await created()).close();
    await cp(join(state, "r1"), join(state, "r1.bak"), { recursive: true });
    await expect(openJournalStore(state).list()).rejects.toThrow("the journal of run r1: it is a");
  });

  it("gives the newest first, by when they began", async () => {
    let day = 10;
    const store = openJournalStore(state, () => new Date(Date.UTC(2026, 0, day)));
    for (const [run, on] of [
      ["b", 11],
      ["c", 10],
      ["a", 12],
    ] as const) {
      day = on;
      const journal = await store.create(run);
      await journal.append(openedBody(run));
      await journal.close();
    }
    expect((await store.list()).map(({ run }) => run)).toEqual(["a", "b", "c"]);
  });
});

describe("a journal that cannot be written", () => {
  it("stops at a file that was removed, and writes nothing more", async () => {
    const journal = await created();
    const aside = `${journal.place}.aside`;
    await rename(journal.place, aside);
    const error = await journal.append(note("lost")).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ActionError);
    expect(String(error)).toContain("removed or replaced");
    await rename(aside, journal.place);
    await expect(journal.append(note("later"))).rejects.toBe(error);
    expect(journal.entries.length).toBe(1);
    await journal.close();
    const again = await openJournalStore(state).open("r1");
    expect(again.entries.length).toBe(1);
    await again.close();
  });

  it("stops when something else wrote to it", async () => {
    const journal = await created();
    await appendFile(journal.place, journalText([openedBody("r1")]));
    await expect(journal.append(note("x"))).rejects.toThrow("written to by something else");
    await journal.close();
  });

  it("says that the disk is full, and what that means", async () => {
    // The kernel's own always-full device: every write to it is ENOSPC.
    const { AppendedFile, openFile } =
      await import("../../src/providers/journal-file/file-journal.ts");
    const handle = await openFile("/dev/full", false);
    const lock = { release: () => Promise.resolve() };
    const opened = { run: "r1", path: "/dev/full", handle, lock, now: () => new Date(0) };
    const journal = new AppendedFile(opened, [], "0".repeat(16), 0, 0);
    const error = await journal.append(openedBody("r1")).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ActionError);
    expect(error).toMatchObject({
      message: expect.stringContaining("disk is full (ENOSPC)"),
      meaning: expect.stringContaining("was not begun"),
      remedy: expect.stringContaining("--resume"),
    });
    expect(journal.entries).toEqual([]);
    await journal.close();
  });

  it("tells every known reason in words, and lets bugs through", () => {
    for (const code of ["ENOSPC", "EFBIG", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "EMFILE"]) {
      const cause = Object.assign(new Error(`${code}: no`), { code });
      const told = tell(cause, "open", "/state/r1");
      expect(told).toBeInstanceOf(UsageError);
      expect(told.message).toContain("/state/r1");
      expect(told.message).toContain(code);
      expect(told.remedy).toBeTruthy();
      expect(tell(cause, "read", "x")).toBeInstanceOf(UnreadableError);
    }
    const bug = new TypeError("ours");
    expect(() => tell(bug, "open", "x")).toThrow(bug);
  });

  const ordinary = { meta: { whenSkipped: "root may write everywhere" } };

  it.runIf(process.getuid?.() !== 0)("says that it may not write", ordinary, async () => {
    await (await created()).close();
    await chmod(join(state, "r1", "journal.jsonl"), 0o400);
    await expect(openJournalStore(state).open("r1")).rejects.toThrow(/no permission \(EACCES\)/);
    await chmod(state, 0o500);
    await expect(openJournalStore(state).create("r2")).rejects.toThrow(/no permission \(EACCES\)/);
    await chmod(state, 0o700);
  });

  const root = { meta: { whenSkipped: "only root can give files away" } };

  it.runIf(process.getuid?.() === 0)("refuses another user's run", root, async () => {
    await (await created()).close();
    const { chown } = await import("node:fs/promises");
    await chown(join(state, "r1"), 4321, 4321);
    await expect(openJournalStore(state).open("r1")).rejects.toThrow(/user with id 4321/);
  });
});
