/** Entries for tests of journals: a first one, and texts of whole journals. */
import type { EntryBody } from "../../src/core/journal/entry.ts";
import { firstLink, writeLine } from "../../src/core/journal/line.ts";

type Opened = Extract<EntryBody, { type: "opened" }>;

export function openedBody(run: string, steps: readonly string[] = []): Opened {
  return {
    type: "opened",
    format: 1,
    tool: "0.0.0",
    run,
    plan: { name: "test", digest: "d", document: { steps: steps.map((id) => ({ id })) } },
    identities: {
      source: { systemIdentifier: "7300000000000000001", databases: { api: "16384" } },
      target: { systemIdentifier: "7300000000000000002" },
    },
  };
}

export function note(value: string): EntryBody {
  return { type: "note", step: "s", name: "n", value };
}

/** The text of a journal with these entries, one second apart. */
export function journalText(bodies: readonly EntryBody[]): string {
  let previous = firstLink;
  return bodies
    .map((body, index) => {
      const at = new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString();
      const { line, link } = writeLine(previous, { seq: index + 1, at, ...body });
      previous = link;
      return line;
    })
    .join("");
}
