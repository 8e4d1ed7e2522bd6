/**
 * What PostgreSQL's refusals mean and what to do about them. Pure. The vendor's
 * text is redacted here; DETAIL and QUERY are left out, because they carry rows.
 */
import { type Endpoint, showEndpoint } from "../../core/endpoint.ts";
import { MigrationError, ProviderError } from "../../core/errors.ts";
import { redact } from "../../core/secret.ts";

export interface CallPlace {
  /** `source` or `target`, as the plan calls it. */
  readonly server: string;
  readonly endpoint: Endpoint;
  /** What was being done: `connect`, `read the catalog`. */
  readonly call: string;
}

interface Advice {
  readonly meaning?: string;
  readonly remedy?: string;
}

const nothingChanged = "Nothing was read or changed.";

function byCode(code: string | undefined, { server, endpoint }: CallPlace): Advice | undefined {
  const where = `${endpoint.host}:${endpoint.port}`;
  switch (code) {
    case "28P01":
      return {
        meaning: nothingChanged,
        remedy: `Check the password of "${endpoint.user}" that the plan's ${server} refers to; on DigitalOcean it is shown under Connection details, on Azure it can be reset with \`az postgres flexible-server update --admin-password\`.`,
      };
    case "28000":
      return {
        meaning: nothingChanged,
        remedy: `The server has no pg_hba rule for this host, user, database and TLS setting. Admit this machine's address (DigitalOcean: trusted sources; Azure: a firewall rule), and use TLS (tls.mode other than disable).`,
      };
    case "3D000":
      return {
        meaning: `There is no database "${endpoint.database}" on ${where}.`,
        remedy: `Compare the plan's database names with those of the server: psql -l.`,
      };
    case "42501":
      return {
        remedy: `Grant "${endpoint.user}" what the message names, or use the server's admin user.`,
      };
    case "53300":
      return {
        meaning: "Every connection slot of the server is taken; its apps may be failing too.",
        remedy:
          "Lower the pool sizes of the apps or raise max_connections, then run again with --resume.",
      };
    case "57P01":
    case "57P02":
      return {
        meaning:
          "The server ended this session: it restarts, fails over, or someone terminated it.",
        remedy: "Wait until the server is up, then run again with --resume.",
      };
    case "57P03":
      return {
        meaning: "The server is starting up or shutting down.",
        remedy: "Wait until the server is up, then run again with --resume.",
      };
    case "57014":
      return { meaning: "The statement was cancelled, mostly by a statement timeout." };
    case "25006":
      return {
        meaning: "The session is read-only: the database is frozen, or the server is a standby.",
      };
    case "ECONNREFUSED":
      return {
        meaning: `Nothing listens on ${where}, or a firewall refuses at once. ${nothingChanged}`,
        remedy: `Check host and port (DigitalOcean's direct port is 25060, Azure's 5432) and that the server is running.`,
      };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        meaning: `The name ${endpoint.host} could not be resolved. ${nothingChanged}`,
        remedy: "Check the host name in the plan, and this machine's DNS.",
      };
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return {
        meaning: `No answer from ${where}; a firewall that drops packets looks like this. ${nothingChanged}`,
        remedy:
          "Admit this machine's address (DigitalOcean: trusted sources; Azure: a firewall rule).",
      };
    case "ECONNRESET":
    case "EPIPE":
      return {
        meaning: "The connection broke; whether the last statement took effect is not known.",
        remedy: "Run again with --resume: it looks before it acts.",
      };
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return {
        meaning: `The certificate of ${where} is signed by an authority that is not trusted. ${nothingChanged}`,
        remedy: `Give the server's CA in the plan (tls.ca: DigitalOcean's is downloaded with \`doctl databases get-ca\`; Azure's chains to public roots).`,
      };
    case "CERT_HAS_EXPIRED":
      return { meaning: `The certificate of ${where} has expired. ${nothingChanged}` };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return {
        meaning: `The certificate of ${where} is for another name. ${nothingChanged}`,
        remedy: "Use the name in the certificate as host, or tls.mode verify-ca.",
      };
    default:
      return undefined;
  }
}

const byText: readonly { readonly matches: RegExp; readonly code: string }[] = [
  { matches: /timeout expired|connection timeout/i, code: "ETIMEDOUT" },
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
    ...byCode(code, place),
    system: `PostgreSQL ${place.server}`,
    call: place.call,
    code,
    retryable: retryableCodes.test(code),
  });
}
