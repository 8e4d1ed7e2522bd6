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
  /** What a failure of this call means for the data. */
  readonly meaning?: string | undefined;
}

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

function remedyFor(
  status: number | undefined,
  code: string | undefined,
  name: string,
): string | undefined {
  if (
    status === 401 ||
    name === "CredentialUnavailableError" ||
    name === "AuthenticationError" ||
    name === "AggregateAuthenticationError"
  ) {
    return "Log in again (az login), or renew the token that the plan refers to.";
  }
  if (status === 403) {
    return "Give the identity a role with Microsoft.DBforPostgreSQL/flexibleServers/* on the resource group (Contributor has it).";
  }
  if (status === 404)
    return "Compare subscription, resourceGroup and server in the plan with: az postgres flexible-server list -o table";
  if (status === 409)
    return "Another operation holds the server; run again with --resume when it has ended.";
  if (status === 429)
    return "Azure throttles this subscription; run again with --resume in a few minutes.";
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "REQUEST_SEND_ERROR") {
    return "Check this machine's network, and the endpoint if the plan names one.";
  }
  return undefined;
}

/** Failures that the same call may survive later. */
function mayPass(status: number | undefined, code: string | undefined): boolean {
  if (status !== undefined)
    return status === 408 || status === 409 || status === 412 || status === 429 || status >= 500;
  return (
    code !== undefined &&
    /^(?:E[A-Z]+|REQUEST_SEND_ERROR|TIMEOUT|ServerIsBusy|InternalServerError)$/.test(code)
  );
}

/** Milliseconds that Azure asks to wait, at most a minute. */
export function retryAfterMs(error: unknown): number | undefined {
  const seconds = Number((error as SdkError).response?.headers?.get("retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 60) * 1000 : undefined;
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
  const said = timedOut ? "no answer in time" : seen.message.split("\n", 1)[0]?.slice(0, 600);
  const labels = [status, code, request === undefined ? undefined : `request ${request}`].filter(
    (label) => label !== undefined,
  );
  const remedy = remedyFor(status, code, seen.name);
  return new ProviderError({
    message: redact(
      `Azure, ${place.call}: ${said}${labels.length > 0 ? ` (${labels.join(", ")})` : ""}`,
      place.secrets,
    ),
    ...(place.meaning === undefined ? {} : { meaning: place.meaning }),
    ...(remedy === undefined ? {} : { remedy }),
    system: "Azure",
    call: place.call,
    code,
    status,
    retryable: mayPass(status, code),
  });
}
