/**
 * Reads a plain pg_dump file line by line and makes it fit another machine:
 * the superuser of the dump is not ours, and neither is its library folder.
 * Lines keep their bytes, whatever the encoding: they are read as Latin-1.
 */
import { createReadStream } from "node:fs";

/** What must exist before the file can be restored. */
export interface DumpNeeds {
  readonly extensions: readonly { readonly name: string; readonly schema: string }[];
  /** Named as owners; the dump's superuser `postgres` is left out. */
  readonly owners: readonly string[];
  /** Tables, indexes and sequences, about. */
  readonly relations: number;
}

export interface DumpLine {
  readonly text: string;
  /** A row of COPY data, or the end of it: never to be looked into. */
  readonly data: boolean;
}

export async function* dumpLines(file: string, signal: AbortSignal): AsyncGenerator<DumpLine> {
  let rest = "";
  let data = false;
  const next = (text: string): DumpLine => {
    const line = { text, data };
    if (data) data = text !== "\\.";
    else data = /^COPY .* FROM stdin;$/.test(text);
    return line;
  };
  for await (const chunk of createReadStream(file, { encoding: "latin1", signal })) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) yield next(text);
  }
  if (rest !== "") yield next(rest);
}

const name = String.raw`("(?:[^"]|"")+"|[\w$]+)`;
const extensionLine = new RegExp(
  `^CREATE EXTENSION (?:IF NOT EXISTS )?${name} WITH SCHEMA ${name};$`,
);
const relationLine =
  /^CREATE (?:UNLOGGED |FOREIGN )?TABLE |^CREATE (?:UNIQUE )?INDEX |^(?:CREATE SEQUENCE|    SEQUENCE NAME) |\bADD CONSTRAINT \S+ (?:PRIMARY KEY|UNIQUE) /;
const ownerLine = new RegExp(`^ALTER .* OWNER TO ${name};$`);

function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
}

export async function dumpNeeds(file: string, signal: AbortSignal): Promise<DumpNeeds> {
  const extensions: { name: string; schema: string }[] = [];
  const owners = new Set<string>();
  let relations = 0;
  for await (const { text, data } of dumpLines(file, signal)) {
    if (data) continue;
    if (relationLine.test(text)) relations++;
    const extension = extensionLine.exec(text);
    if (extension !== null) {
      extensions.push({ name: unquoted(extension[1] ?? ""), schema: unquoted(extension[2] ?? "") });
    }
    const owner = ownerLine.exec(text)?.[1];
    if (owner !== undefined) owners.add(unquoted(owner));
  }
  // Every server has this one already, and the dump's superuser stands for ours.
  owners.delete("pg_database_owner");
  owners.delete("postgres");
  return { extensions, owners: [...owners], relations };
}

/** Undefined: leave the line out. Pure. */
export function fitted({ text, data }: DumpLine): string | undefined {
  if (data) return text;
  // Commands of psql 15.14 and later, which older ones do not know.
  if (/^\\(?:un)?restrict /.test(text)) return undefined;
  if (/^ALTER .* OWNER TO postgres;$/.test(text)) return undefined;
  // The embedded servers are built without lz4; how a value is compressed changes no value.
  if (/^ALTER TABLE .* SET COMPRESSION lz4;$/.test(text)) return undefined;
  return text.replace(/\bAS '\/[^']*\/(\w+)(?:\.so)?'/, "AS '$$libdir/$1'");
}

/** The file's text for psql, as Latin-1 bytes. */
export async function* fittedDump(file: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  let pending: string[] = [];
  for await (const line of dumpLines(file, signal)) {
    const text = fitted(line);
    if (text !== undefined) pending.push(text);
    if (pending.length === 500) {
      yield Buffer.from(`${pending.join("\n")}\n`, "latin1");
      pending = [];
    }
  }
  yield Buffer.from(`${pending.join("\n")}\n`, "latin1");
}
