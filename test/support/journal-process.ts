/**
 * A process of its own on runs' journals: `node journal-process.ts STATE`.
 * Each line on standard input is a command, each answered by one line:
 *   create RUN | open RUN   `held` or `refused: MESSAGE`
 *   append TEXT             `appended TEXT`
 *   close                   `closed`
 */
import { createInterface } from "node:readline";
import { MigrationError } from "../../src/core/errors.ts";
import { openJournalStore, type FileJournal } from "../../src/providers/journal-file/index.ts";
import { note, openedBody } from "./journal-entries.ts";

const store = openJournalStore(process.argv[2] ?? "");
let journal: FileJournal | undefined;

async function answer(command: string, what: string): Promise<string> {
  switch (command) {
    case "create":
      journal = await store.create(what);
      await journal.append(openedBody(what));
      return "held";
    case "open":
      journal = await store.open(what);
      return "held";
    case "append":
      await journal?.append(note(what));
      return `appended ${what}`;
    case "close":
      await journal?.close();
      return "closed";
    default:
      throw new Error(`unknown command ${command}`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command = "", ...words] = line.split(" ");
  try {
    process.stdout.write(`${await answer(command, words.join(" "))}\n`);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    process.stdout.write(`refused: ${error.message}\n`);
  }
}
