/**
 * What a failed read means: an answer that could not be had, with the reason.
 * Pure. Anything that PostgreSQL or the network did not say is a bug of ours
 * and is thrown on.
 */
import { MigrationError } from "../core/errors.ts";
import type { Unchecked, UncheckedCode } from "./report.ts";

/** The session that should have answered is gone, and no other is left. */
export class ConnectionLost extends Error {
  readonly code = "08006";
}

const networkCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

const sessionEnded: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "57P04", "57P05"]);

/** What pg says, without a code, when the socket ends under a query. */
const driverSaysEnded =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired)/;

/** Node's own complaints about how it was called carry a `code` too; they are bugs. */
function isBug(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  if (error instanceof MigrationError) return false;
  return (
    codeOf(error) === undefined && !(error instanceof Error && driverSaysEnded.test(error.message))
  );
}

/** lock_not_available: the wait for a lock has passed its bound. */
export const lockNotHad = "55P03";

const meanings: Readonly<Record<UncheckedCode, string>> = {
  "permission-denied": "The role may not read it",
  "row-level-security": "Row level security would hide rows from the role",
  "not-admitted": "The server did not let the role in",
  "connection-lost": "The connection was lost, and with it the snapshot",
  cancelled: "The server cancelled the query",
  "out-of-resources": "The server is out of resources",
  "written-since-cutover": "It was written since the cut-over",
  vanished: "It was dropped or replaced while it was being compared",
  "not-held": "The held snapshot does not show it as it was",
  "copy-behind": "The copy is too far behind",
  unreadable: "The server could not read it",
};

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** SQLSTATE, or Node's own code. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  return "code" in error ? text(error.code) : undefined;
}

function bySqlstate(code: string, message: string): UncheckedCode {
  if (code === "42501") {
    return /row-level security/.test(message) ? "row-level-security" : "permission-denied";
  }
  if (networkCodes.has(code) || sessionEnded.has(code)) return "connection-lost";
  if (code.startsWith("08")) return "connection-lost";
  if (code === "57014" || code === lockNotHad || code === "25P03" || code === "25P04") {
    return "cancelled";
  }
  if (code.startsWith("28") || code === "3D000") return "not-admitted";
  if (code.startsWith("53") || code.startsWith("54")) return "out-of-resources";
  if (code === "42P01" || code === "42703" || code === "3F000") return "vanished";
  return "unreadable";
}

/** Whether the session that ran the query can be used no more. */
export function endsSession(error: unknown): boolean {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : "";
  if (code === undefined) return driverSaysEnded.test(message);
  return bySqlstate(code, message) === "connection-lost" || code === "25P03" || code === "25P04";
}

/**
 * Throws the error itself when it is neither the server's nor the network's.
 * DETAIL and WHERE are left out: they carry values of rows.
 */
export function uncheckedBecause(
  side: Unchecked["side"],
  object: string,
  error: unknown,
  lost = meanings["connection-lost"],
): Unchecked {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (isBug(error)) throw error;
  const kind = code === undefined ? "connection-lost" : bySqlstate(code, message);
  return {
    code: kind,
    side,
    object,
    reason: `${kind === "connection-lost" ? lost : meanings[kind]}: ${message}`,
    ...(code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? { sqlstate: code } : {}),
  };
}

/**
 * Of an attempt to open the source and the target, in this order: those to which no session
 * could be had in the first place. There was no snapshot to lose.
 */
export function notOpened(
  sides: { readonly source: NamedSide; readonly target: NamedSide },
  opened: readonly PromiseSettledResult<unknown>[],
): Unchecked[] {
  return (["source", "target"] as const).flatMap((label, at) => {
    const one = opened[at];
    if (one?.status !== "rejected") return [];
    const database = `database ${sides[label].database}`;
    return [uncheckedBecause(label, database, one.reason, "No connection could be had")];
  });
}

interface NamedSide {
  readonly database: string;
}
