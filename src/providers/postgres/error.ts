/**
 * What PostgreSQL's refusals mean and what to do about them. Pure. The vendor's
 * text is redacted here; DETAIL and QUERY are left out, because they carry rows.
 */
import { type Endpoint, showEndpoint } from "../../core/endpoint.ts";
import { MigrationError, ProviderError } from "../../core/errors.ts";
import { redact } from "../../core/secret.ts";
import { advice } from "./advice.ts";

export interface CallPlace {
  /** `source` or `target`, as the plan calls it. */
  readonly server: string;
  readonly endpoint: Endpoint;
  /** What was being done: `connect`, `read the catalog`. */
  readonly call: string;
}

const byText: readonly { readonly matches: RegExp; readonly code: string }[] = [
  { matches: /timeout expired|connection timeout|Query read timeout/i, code: "ETIMEDOUT" },
  {
    matches: /Connection terminated|Client has encountered a connection error/i,
    code: "ECONNRESET",
  },
  { matches: /does not support SSL connections/i, code: "TLS_NOT_OFFERED" },
  { matches: /Hostname\/IP does not match/i, code: "ERR_TLS_CERT_ALTNAME_INVALID" },
];

const retryableCodes =
  /^(?:08...|53...|57P0[123]|57014|40001|40P01|55P03|ECONN(?:REFUSED|RESET)|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;

/** The SQLSTATE, or the socket's or TLS's code. */
export function postgresErrorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  // Happy eyeballs: one error for each address, all of which mostly say the same.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code } = first as { code?: unknown };
  if (typeof code === "string") return code;
  const message = error instanceof Error ? error.message : "";
  return byText.find((entry) => entry.matches.test(message))?.code;
}

/** Errors that are already ours, and errors that are bugs (TypeError), pass unchanged. */
export function postgresError(error: unknown, place: CallPlace): unknown {
  if (error instanceof MigrationError) return error;
  const code = postgresErrorCode(error);
  if (code === undefined || code.startsWith("ERR_INVALID")) return error;
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const said = redact(first instanceof Error ? first.message : String(first), [
    place.endpoint.password,
  ]);
  return new ProviderError({
    message: `${place.server} ${showEndpoint(place.endpoint)}, ${place.call}: ${said} (${code})`,
    ...advice[code]?.(place),
    system: `PostgreSQL ${place.server}`,
    call: place.call,
    code,
    retryable: retryableCodes.test(code),
  });
}
