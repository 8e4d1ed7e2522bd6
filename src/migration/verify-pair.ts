/**
 * `verify` without a plan: two databases, or several of two servers, that a
 * person names. Changes nothing and needs no run.
 */
import { clock, ownSurroundings, outsideOf, type Surroundings } from "../compose.ts";
import { UsageError } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import type { ConnectionWay } from "../providers/libpq/index.ts";
import type { VerifyAnswer, VerifySection } from "./api.ts";
import { databaseSection, overall, unreadable } from "./database-section.ts";
import { readTyped } from "./typed-connection.ts";
import { reachSide } from "./typed-side.ts";
import { phaseText, tellingPauses, type VerifyOptions } from "./verify-options.ts";

export interface PairWords {
  readonly source: string;
  readonly target: string;
  /** On both sides; empty: the one that each connection names. */
  readonly databases: readonly string[];
}

interface Ways {
  readonly source: ConnectionWay;
  readonly target: ConnectionWay;
}

/** Throws UsageError for words that cannot be meant, before anything is connected to. */
export async function verifyPair(
  words: PairWords,
  options: VerifyOptions,
  surroundings: Surroundings = ownSurroundings,
): Promise<VerifyAnswer> {
  const at = clock.now().toISOString();
  const began = performance.now();
  const pairs = await waysOf(words, surroundings);
  const sections: VerifySection[] = [];
  for (const ways of pairs) {
    const { title, name } = named(ways);
    const tell = (text: string) =>
      options.progress?.({
        done: sections.length,
        total: pairs.length,
        unit: "databases",
        parts: [{ name, text }],
      });
    // oxlint-disable-next-line no-await-in-loop -- one database at a time: the servers are in use
    sections.push(await pairSection(ways, title, options, tell));
  }
  return { checked: overall(sections), at, sections, tookMs: performance.now() - began };
}

async function waysOf(words: PairWords, surroundings: Surroundings): Promise<readonly Ways[]> {
  const outside = outsideOf(surroundings);
  const source = await readTyped("source", words.source, outside);
  const target = await readTyped("target", words.target, outside);
  if (words.databases.some((name) => name.trim() === "")) {
    throw new UsageError({
      message: "--database: the name of a database is empty.",
      meaning: "Nothing was connected to.",
    });
  }
  const names = words.databases.length === 0 ? [undefined] : [...new Set(words.databases)];
  const { environment } = surroundings;
  return Promise.all(
    names.map(async (name) => ({
      source: await source.way(environment, name),
      target: await target.way(environment, name),
    })),
  );
}

function named({ source, target }: Ways): { readonly title: string; readonly name: string } {
  const name =
    source.database === target.database
      ? source.database
      : `${source.database} and ${target.database}`;
  return {
    title: source.database === target.database ? `database ${name}` : `databases ${name}`,
    name,
  };
}

async function pairSection(
  ways: Ways,
  title: string,
  { signal, sessions, pause, paused, values = true }: VerifyOptions,
  tell: (text: string) => void,
): Promise<VerifySection> {
  tell("connecting");
  const pauses = tellingPauses(title, paused);
  const [source, target] = await Promise.allSettled([
    reachSide("source", ways.source, signal),
    reachSide("target", ways.target, signal),
  ]);
  const warnings = warningsOf(ways);
  if (source.status === "rejected" || target.status === "rejected") {
    const failures = [source, target].flatMap((one) =>
      one.status === "rejected" ? [unreadable(title, one.reason, signal)] : [],
    );
    return {
      title,
      checked: "could-not-check",
      summary: "it could not be connected to",
      findings: [
        ...failures.flatMap(({ findings }) => findings.map(withoutRunsRemedy)),
        ...warnings,
      ],
    };
  }
  if (source.value.identity === target.value.identity) return sameDatabase(title);
  const section = await databaseSection(
    {
      title,
      database: ways.source.database,
      written: false,
      knowing: { accept: [], refused: [] },
      values,
    },
    {
      source: source.value.side,
      target: target.value.side,
      sessions,
      pause,
      signal,
      onProgress: (progress) => {
        pauses(progress);
        tell(phaseText(progress));
      },
    },
  );
  return {
    ...section,
    places: { source: source.value.place, target: target.value.place },
    findings: [...section.findings, ...nothingIn(section), ...warnings],
  };
}

/** The remedies of a migration speak of its plan and its run. */
function withoutRunsRemedy({ code, severity, message }: Finding): Finding {
  return { code, severity, message };
}

function warningsOf(ways: Ways): Finding[] {
  const texts = new Set([...ways.source.warnings, ...ways.target.warnings]);
  return [...texts].map((message) => ({
    code: "password-file-ignored",
    severity: "warns",
    message: `${message.charAt(0).toUpperCase()}${message.slice(1)}`,
  }));
}

/** Equal, and often a sign that a connection leads to a database that nobody meant. */
function nothingIn({ checked, tables }: VerifySection): Finding[] {
  if (checked !== "equal" || tables?.length !== 0) return [];
  return [
    {
      code: "no-tables",
      severity: "warns",
      message: "Neither side has a table. Is this the database that was meant?",
    },
  ];
}

function sameDatabase(title: string): VerifySection {
  const message =
    "Source and target are one and the same database of one server: comparing it with itself proves nothing";
  return {
    title,
    checked: "could-not-check",
    summary: message,
    findings: [{ code: "same-database", severity: "unknown", message }],
  };
}
