/**
 * The state folder: `<run>/journal.jsonl` for each run, with its lock. Finds,
 * creates and opens them; what the entries mean is not its subject.
 */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UnreadableError, UsageError } from "../../core/errors.ts";
import type { Entry } from "../../core/journal/entry.ts";
import type { JournalStore } from "../../core/journal/journal.ts";
import { readLines } from "../../core/journal/line.ts";
import { codeOf, tell } from "./failure.ts";
import { openFile, readJournal, type FileJournal } from "./file-journal.ts";
import { exists, makeFolder, refuseForeignOwner, syncFolder } from "./folder.ts";
import { readHolder, type Holder } from "./holder.ts";
import { isHeld, lockName, takeLock } from "./lock.ts";

export interface FileJournalStore extends JournalStore {
  create(run: string): Promise<FileJournal>;
  open(run: string): Promise<FileJournal>;
  /** The process that carries the run right now; undefined when none does. */
  holder(run: string): Promise<Holder | undefined>;
}

/** Touches nothing until it is asked. */
export function openJournalStore(
  folder: string,
  now: () => Date = () => new Date(),
): FileJournalStore {
  return {
    create: (run) => createRun(folder, run, now),
    open: (run) => openRun(folder, run, now),
    list: () => listRuns(folder),
    holder: (run) => holderOf(folderOf(folder, run)),
  };
}

/** Run names become parts of paths and of vendors' names. */
function folderOf(state: string, run: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(run)) return join(state, run);
  throw new UsageError({
    message: `${JSON.stringify(run)} is not the name of a run: lower-case letters, digits and \`-\`.`,
    remedy: "opensauced-migrate status shows the runs there are",
  });
}

function fileIn(folder: string): string {
  return join(folder, "journal.jsonl");
}

async function createRun(state: string, run: string, now: () => Date): Promise<FileJournal> {
  const folder = folderOf(state, run);
  try {
    await makeFolder(folder);
  } catch (error) {
    throw tell(error, "open", folder);
  }
  const journal = await openLocked(folder, run, now, true);
  if (journal.entries.length === 0) return journal;
  await journal.close();
  throw new UsageError({
    message: `Run ${run} exists already (${journal.place}).`,
    meaning: "A used run is never begun again. Nothing was changed.",
    remedy: "opensauced-migrate run --resume goes on with it",
  });
}

async function openRun(state: string, run: string, now: () => Date): Promise<FileJournal> {
  const folder = folderOf(state, run);
  const journal = await openLocked(folder, run, now, false).catch((error: unknown) => {
    throw codeOf(error) === "ENOENT" ? noSuchRun(state, run) : error;
  });
  if (journal.entries.length > 0) return journal;
  await journal.close();
  throw noSuchRun(state, run);
}

function noSuchRun(state: string, run: string): UsageError {
  return new UsageError({
    message: `There is no run ${run} in ${state}.`,
    meaning: "Nothing was looked at or changed.",
    remedy: "opensauced-migrate status shows the runs there are; --state names another folder",
  });
}

async function openLocked(
  folder: string,
  run: string,
  now: () => Date,
  create: boolean,
): Promise<FileJournal> {
  const path = fileIn(folder);
  const open = async () => {
    if (await exists(folder)) await refuseForeignOwner(folder);
    return openFile(path, create);
  };
  const handle = await open().catch((error: unknown) => {
    throw codeOf(error) === "ENOENT" ? error : tell(error, "open", path);
  });
  try {
    const lock = await takeLock(folder, run, now());
    try {
      if (create) await syncFolder(folder);
      return await readJournal({ run, path, handle, lock, now });
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    await handle.close();
    throw tell(error, "open", path);
  }
}

async function listRuns(
  state: string,
): Promise<readonly { run: string; entries: readonly Entry[] }[]> {
  const found = await readdir(state, { withFileTypes: true }).catch(async (error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    if (codeOf(error) === "EACCES") await refuseForeignOwner(state, "The state folder");
    throw tell(error, "read", state);
  });
  const runs: { run: string; entries: readonly Entry[] }[] = [];
  for (const { name } of found.filter((entry) => entry.isDirectory())) {
    const folder = join(state, name);
    const path = fileIn(folder);
    const text = await readFile(path, "utf8").catch(async (error: unknown) => {
      if (codeOf(error) === "ENOENT") return undefined;
      if (codeOf(error) === "EACCES") await refuseForeignOwner(folder);
      throw tell(error, "read", path);
    });
    // One unreadable run is not passed over: it may be the one that froze the source.
    const { entries } = readLines(text ?? "", path);
    if (entries.length > 0) runs.push({ run: nameOf(entries, name, folder), entries });
    else await refuseLostJournal(folder, text !== undefined);
  }
  const began = (entries: readonly Entry[]) => entries[0]?.at ?? "";
  return runs.toSorted((a, b) => (began(a.entries) < began(b.entries) ? 1 : -1));
}

/** A copy beside the original would be taken for a second, older truth about one run. */
function nameOf([first]: readonly Entry[], name: string, folder: string): string {
  if (first?.type !== "opened" || first.run === name) return name;
  throw new UnreadableError({
    message: `The folder ${folder} holds the journal of run ${first.run}: it is a copy, or was renamed.`,
    meaning: "Which journal tells the truth about that run is not known, so nothing was changed.",
    remedy: `Move a copy out of ${dirname(folder)}, or give the folder its old name, ${first.run}.`,
  });
}

/** A run makes its journal, then its lock, then the first entry, and only then anything else. */
async function refuseLostJournal(folder: string, hasFile: boolean): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw tell(error, "read", folder);
  });
  if (!names.includes(lockName)) return;
  const others = names.filter((name) => !/^(?:journal\.jsonl|holder\.json|lock\.db.*)$/.test(name));
  if (hasFile && others.length === 0) return;
  throw new UnreadableError({
    message: `The journal of the run in ${folder} is ${hasFile ? "empty, and yet the run got further" : "gone"}.`,
    meaning: "What this run did is not known: it may have frozen the source. Nothing was changed.",
    remedy: `Restore ${fileIn(folder)} from a copy. Without one, look at the source and target yourself (docs/undo-and-point-of-no-return.md says how a frozen source is made writable by hand), and then move ${folder} away.`,
  });
}

async function holderOf(folder: string): Promise<Holder | undefined> {
  if (!(await isHeld(folder))) return undefined;
  const noted = await readHolder(folder);
  return noted ?? { pid: 0, host: "unknown", user: "unknown", since: "unknown" };
}
