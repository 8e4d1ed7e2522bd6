/** Azure DNS's refusals as ours, with the one that matters typed. Pure. */
import { MigrationError, ProviderError } from "../../core/errors.ts";
import { redact, type Secret } from "../../core/secret.ts";

/** Somebody changed the record set between our look and our write; nothing was written. */
export class RecordSetChanged extends ProviderError {}

interface SdkError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

function remedyFor(status: number | undefined): string | undefined {
  if (status === 401) return "Log in again (az login), or renew the token that the plan refers to.";
  if (status === 403) return "Give the identity the role DNS Zone Contributor on the zone.";
  if (status === 404)
    return "Compare subscription, resource group and zone in the plan with: az network dns zone list -o table";
  if (status === 412) return "Look at the record set, then run again with --resume.";
  return undefined;
}

/** Nothing of the SDK's error goes on: it holds the request. Bugs (TypeError) pass unchanged. */
export function azureDnsFailure(error: unknown, call: string, secrets: readonly Secret[]): unknown {
  if (error instanceof MigrationError || error instanceof TypeError || !(error instanceof Error))
    return error;
  const seen = error as SdkError & Error;
  const status = typeof seen.statusCode === "number" ? seen.statusCode : undefined;
  const timedOut = seen.name === "AbortError";
  const code = timedOut ? "TIMEOUT" : typeof seen.code === "string" ? seen.code : undefined;
  const request = seen.response?.headers?.get("x-ms-correlation-request-id");
  const said = timedOut ? "no answer in time" : seen.message.split("\n", 1)[0]?.slice(0, 600);
  const labels = [status, code, request === undefined ? undefined : `request ${request}`].filter(
    (label) => label !== undefined,
  );
  const remedy = remedyFor(status);
  const ErrorClass = status === 412 ? RecordSetChanged : ProviderError;
  return new ErrorClass({
    message: redact(
      `Azure DNS, ${call}: ${said}${labels.length > 0 ? ` (${labels.join(", ")})` : ""}`,
      secrets,
    ),
    ...(status === 412
      ? { meaning: "The record set was changed by someone else meanwhile; nothing was written." }
      : {}),
    ...(remedy === undefined ? {} : { remedy }),
    system: "Azure DNS",
    call,
    code,
    status,
    retryable:
      status === undefined
        ? code !== undefined
        : status === 408 || status === 412 || status === 429 || status >= 500,
  });
}
