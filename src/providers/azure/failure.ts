/**
 * Azure's refusals as ours. Pure. Nothing of the SDK's error object goes on,
 * not even as a cause: `error.request.body` holds both database passwords.
 */
import { MigrationError, ProviderError } from "../../core/errors.ts";
import { redact, type Secret } from "../../core/secret.ts";

export interface CallPlace {
  /** As people say it: `create migration osm26`. */
  readonly call: string;
  readonly secrets: readonly Secret[];
  /** What a failure of this call means for the data, where more can be said than usual. */
  readonly meaning?: string | undefined;
  /** It changes something: without an answer nobody knows whether it did. */
  readonly changes?: true | undefined;
}

export const lookAgain = "opensauced-migrate run --resume   (looks before it acts)";
export const nothingKnown = "What Azure has is not known; nothing was changed.";
export const inDoubt = "Whether it took effect is not known before the next look.";

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly request?: { readonly method?: unknown };
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

/** 429 to the change itself; to a look at how it goes on is another matter. */
export function isThrottledChange(error: unknown): boolean {
  const { statusCode, request } = error as SdkError;
  return statusCode === 429 && request?.method !== "GET";
}

/** Azure read it, and said no: nothing has happened. A look at a change that is under way is not the change. */
function isRefusal({ request }: SdkError, status: number | undefined): boolean {
  if (status === undefined || status >= 500 || status === 408) return false;
  return status >= 400 && request?.method !== "GET";
}

function remedyFor(status: number | undefined, code: string | undefined, name: string): string {
  if (
    status === 401 ||
    name === "CredentialUnavailableError" ||
    name === "AuthenticationError" ||
    name === "AggregateAuthenticationError"
  ) {
    return "Log in again (az login), or renew the token that the plan refers to; then: opensauced-migrate run --resume";
  }
  if (status === 403) {
    return "Give the identity a role with Microsoft.DBforPostgreSQL/flexibleServers/* on the resource group (Contributor has it); then: opensauced-migrate run --resume";
  }
  if (status === 404)
    return "Compare subscription, resourceGroup and server in the plan with: az postgres flexible-server list -o table";
  if (status === 409)
    return "Another operation holds the server. When it has ended: opensauced-migrate run --resume";
  if (status === 429)
    return "Azure throttles this subscription. In a few minutes: opensauced-migrate run --resume";
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "REQUEST_SEND_ERROR") {
    return "Check this machine's network, and the endpoint if the plan names one.";
  }
  if (status !== undefined && status >= 500) {
    return `${lookAgain}\nIf it stays: https://azure.status.microsoft`;
  }
  return lookAgain;
}

/** Failures that the same call may survive later. */
function mayPass(status: number | undefined, code: string | undefined): boolean {
  if (status !== undefined)
    return status === 408 || status === 409 || status === 412 || status === 429 || status >= 500;
  return (
    code !== undefined &&
    // An answer that was cut off is a PARSE_ERROR to the SDK, which does not repeat it.
    /^(?:E[A-Z]+|PARSE_ERROR|REQUEST_SEND_ERROR|TIMEOUT|ServerIsBusy|InternalServerError)$/.test(
      code,
    )
  );
}

/** Milliseconds that Azure asks to wait, at most a minute. */
export function retryAfterMs(error: unknown): number | undefined {
  const seconds = Number((error as SdkError).response?.headers?.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds), 60) * 1000 : undefined;
}

/** A poll that ended badly is a plain Error: `The long-running operation has failed. <code>. <message>`. */
function operationCode(message: string): string | undefined {
  return /^The long-running operation has failed\. ([A-Za-z]\w*)\./.exec(message)?.[1];
}

/** Errors that are already ours, and bugs (TypeError), pass unchanged. */
export function azureFailure(error: unknown, place: CallPlace): unknown {
  if (error instanceof MigrationError || error instanceof TypeError || !(error instanceof Error))
    return error;
  const seen = error as SdkError & Error;
  const status = typeof seen.statusCode === "number" ? seen.statusCode : undefined;
  const timedOut = seen.name === "AbortError";
  const code = timedOut
    ? "TIMEOUT"
    : typeof seen.code === "string"
      ? seen.code
      : operationCode(seen.message);
  const headers = seen.response?.headers;
  const request = headers?.get("x-ms-correlation-request-id") ?? headers?.get("x-ms-request-id");
  // Redacted before it is cut: of a secret that is cut in two, nobody finds the rest.
  const first = redact(seen.message, place.secrets).split("\n", 1)[0]?.slice(0, 600) ?? "";
  // A gateway's HTML says nothing and fills the screen.
  const answered = first.startsWith("<") ? "an answer without an explanation" : first;
  const said = timedOut ? "no answer in time" : answered;
  const labels = [status, code, request === undefined ? undefined : `request ${request}`].filter(
    (label) => label !== undefined,
  );
  // Its resource is not there yet: the look at how a change goes on came too early.
  const tooEarly = place.changes === true && status === 404 && seen.request?.method === "GET";
  const refused = isRefusal(seen, status)
    ? "Azure refused it, and nothing was changed."
    : (place.meaning ?? inDoubt);
  return new ProviderError({
    message: `Azure, ${place.call}: ${said}${labels.length > 0 ? ` (${redact(labels.join(", "), place.secrets)})` : ""}`,
    meaning: place.changes === true ? refused : (place.meaning ?? nothingKnown),
    remedy: tooEarly ? lookAgain : remedyFor(status, code, seen.name),
    system: "Azure",
    call: place.call,
    code,
    status,
    retryable: tooEarly || mayPass(status, code),
  });
}
