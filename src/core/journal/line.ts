/**
 * One entry, one line of JSON. Each line carries a digest over itself and the
 * digest of the line before, so that a line lost, changed or moved by hand is
 * noticed when the journal is read.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { UnreadableError } from "../errors.ts";
import { canonicalJson, type Json } from "../json.ts";
import { entryBody, journalFormat, type Entry } from "./entry.ts";

/** The digest "before" the first line. */
export const firstLink = "0".repeat(16);

const envelope = z.object({
  seq: z.number().int(),
  at: z.string(),
  link: z.string(),
});

/** Over every field, those of a newer version of the tool included. */
function linkAfter(previous: string, fields: Json): string {
  const text = canonicalJson(fields);
  return createHash("sha256").update(`${previous}\n${text}`).digest("hex").slice(0, 16);
}

/** The line, with its newline, and the link that the next line needs. */
export function writeLine(previous: string, entry: Entry): { line: string; link: string } {
  const text = JSON.stringify(entry);
  const link = linkAfter(previous, JSON.parse(text) as Json);
  return { line: `${text.slice(0, -1)},"link":"${link}"}\n`, link };
}

export interface ReadJournal {
  readonly entries: readonly Entry[];
  /** What the next line must be linked to. */
  readonly link: string;
  /** Length in bytes of the sound part: what follows is a line torn by a crash. */
  readonly soundBytes: number;
}

/**
 * Reads a whole journal. A last line that a crash tore is left out; anything
 * else that is wrong is an UnreadableError which names the line.
 */
export function readLines(text: string, file: string): ReadJournal {
  const entries: Entry[] = [];
  let link = firstLink;
  let soundBytes = 0;
  let position = 0;
  for (let number = 1; position < text.length; number++) {
    const end = text.indexOf("\n", position);
    const line = text.slice(position, end === -1 ? text.length : end);
    const last = end === -1 || /^\0*$/.test(text.slice(end + 1));
    if (end === -1 || (last && line.includes("\0"))) break;
    const { entry, link: next } = readLine(line, number, link, file);
    if (entry.seq !== entries.length + 1) {
      throw damaged(file, number, `its number is ${entry.seq}, expected ${entries.length + 1}`);
    }
    entries.push(entry);
    link = next;
    soundBytes += Buffer.byteLength(line) + 1;
    position = end + 1;
    if (last) break;
  }
  return { entries, link, soundBytes };
}

function readLine(
  line: string,
  number: number,
  previous: string,
  file: string,
): { entry: Entry; link: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw damaged(file, number, "it is not JSON");
  }
  const outer = envelope.safeParse(parsed);
  if (!outer.success) throw damaged(file, number, "it is not a journal entry");
  refuseNewerFormat(parsed, file);
  const body = entryBody.safeParse(parsed);
  if (!body.success) throw damaged(file, number, "its fields are not those of a journal entry");
  const { link, ...fields } = parsed as { readonly [key: string]: Json };
  if (linkAfter(previous, fields) !== link) {
    throw damaged(file, number, "it, or the line before it, was changed after it was written");
  }
  return { entry: { seq: outer.data.seq, at: outer.data.at, ...body.data }, link: outer.data.link };
}

function refuseNewerFormat(parsed: unknown, file: string): void {
  const opened = z.object({ type: z.literal("opened"), format: z.number() }).safeParse(parsed);
  if (!opened.success || opened.data.format <= journalFormat) return;
  throw new UnreadableError({
    message: `The journal ${file} has format ${opened.data.format}; this version of opensauced-migrate knows up to ${journalFormat}.`,
    meaning: "Nothing was changed.",
    remedy: "Go on with the version of opensauced-migrate that began this run, or a newer one.",
  });
}

function damaged(file: string, line: number, what: string): UnreadableError {
  return new UnreadableError({
    message: `The journal ${file} is damaged in line ${line}: ${what}.`,
    meaning:
      "What this run did so far is not known for certain: it may have frozen the source. Nothing was changed.",
    remedy: `Restore the file from a copy, and keep this one. Without a copy: docs/undo-and-point-of-no-return.md says how a frozen source is made writable by hand ("By hand, if all else fails").`,
  });
}
