/** Reads the table of contents of a dump, as `pg_restore --list` prints it. */
import path from "node:path";
import { UnreadableError } from "../../core/errors.ts";
import type { Tools } from "./find.ts";
import { run } from "./run.ts";

export interface ContentsEntry {
  readonly dumpId: number;
  /** `TABLE`, `TABLE DATA`, `SEQUENCE SET`, `FK CONSTRAINT`. */
  readonly type: string;
  /** Schema, name and owner, as printed; `-` stands for no schema. */
  readonly rest: string;
}

export interface Contents {
  readonly entries: readonly ContentsEntry[];
  /** As in the header: what the archive itself says about its making. */
  readonly header: { readonly [name: string]: string };
}

// `215; 1259 16386 TABLE public users admin`, `3381; 0 16386 TABLE DATA public users admin`.
const entryLine = /^(\d+); (\d+) \d+ (.*)$/;

/** Types of more than one word. Others are one word; a schema may be called `DATA`. */
const longTypes =
  /^(?:ACCESS METHOD|CHECK CONSTRAINT|DATABASE PROPERTIES|DEFAULT ACL|EVENT TRIGGER|FK CONSTRAINT|FOREIGN DATA WRAPPER|FOREIGN SERVER|FOREIGN TABLE|INDEX ATTACH|MATERIALIZED VIEW DATA|MATERIALIZED VIEW|OPERATOR CLASS|OPERATOR FAMILY|PROCEDURAL LANGUAGE|PUBLICATION TABLES IN SCHEMA|PUBLICATION TABLE|ROW SECURITY|SEQUENCE OWNED BY|SEQUENCE SET|SHELL TYPE|TABLE ATTACH|TEXT SEARCH (?:CONFIGURATION|DICTIONARY|PARSER|TEMPLATE)|USER MAPPING) /;

function typeOf(catalog: string, text: string): string {
  // An entry of data belongs to no catalog; a table in the schema "DATA" belongs to pg_class.
  if (catalog === "0" && text.startsWith("TABLE DATA ")) return "TABLE DATA";
  return longTypes.exec(text)?.[0].trimEnd() ?? text.split(" ", 1)[0] ?? "";
}

/** Pure. Throws UnreadableError when there is no header. */
export function parseContents(text: string): Contents {
  const entries: ContentsEntry[] = [];
  const header: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const field = /^;\s+([A-Za-z ]+): (.*)$/.exec(line);
    if (field !== null) header[field[1] ?? ""] = field[2] ?? "";
    const match = entryLine.exec(line);
    if (match !== null) {
      const text = match[3] ?? "";
      const type = typeOf(match[2] ?? "", text);
      entries.push({ dumpId: Number(match[1]), type, rest: text.slice(type.length + 1) });
    }
  }
  if (header["TOC Entries"] === undefined) {
    throw new UnreadableError({ message: "pg_restore --list printed no table of contents." });
  }
  return { entries, header };
}

/** Throws ProviderError when pg_restore cannot read the folder. */
export async function tableOfContents(
  tools: Tools,
  directory: string,
  signal: AbortSignal,
): Promise<Contents> {
  const { stdout } = await run(path.join(tools.directory, "pg_restore"), ["--list", directory], {
    env: {},
    signal,
    meaning: `The dump in ${directory} cannot be read back, so it does not count as one.`,
  });
  return parseContents(stdout);
}
