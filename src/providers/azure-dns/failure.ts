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

export const lookAgain = "opensauced-migrate run --resume   (looks before it acts)";

/** By the call's first word: a read changes nothing, a write may have. */
export function meaningOf(call: string, status: number | undefined): string {
  if (call.startsWith("read")) return "What Azure DNS serves is not known; nothing was changed.";
  if (status === 412)
    return "The record set was changed by someone else meanwhile; nothing was written.";
  if (status !== undefined && status >= 400 && status < 500 && status !== 408)
    return "Azure refused it; the record set is as it was.";
  return "Whether the record set was written is not known before the next look.";
}

function remedyFor(status: number | undefined): string {
  if (status === 401)
    return "Log in again (az login), or renew the token that the plan refers to; then: opensauced-migrate run --resume";
  if (status === 403)
    return "Give the identity the role DNS Zone Contributor on the zone; then: opensauced-migrate run --resume";
  if (status === 404)
    return "Compare subscription, resource group and zone in the plan with: az network dns zone list -o table";
  if (status === 412) return "Look at the record set, then: opensauced-migrate run --resume";
  if (status === 409)
    return "Something else changes the zone. When it is done: opensauced-migrate run --resume";
  if (status === 429)
    return "Azure throttles this subscription. In a few minutes: opensauced-migrate run --resume";
  if (status !== undefined && status >= 500)
    return `${lookAgain}\nIf it stays: https://azure.status.microsoft`;
  return lookAgain;
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
  // Redacted before it is cut: of a secret that is cut in two, nobody finds the rest.
  const first = redact(seen.message, secrets).split("\n", 1)[0]?.slice(0, 600) ?? "";
  // A gateway's HTML says nothing and fills the screen.
  const answered = first.startsWith("<") ? "an answer without an explanation" : first;
  const said = timedOut ? "no answer in time" : answered;
  const labels = [status, code, request === undefined ? undefined : `request ${request}`].filter(
    (label) => label !== undefined,
  );
  const ErrorClass = status === 412 ? RecordSetChanged : ProviderError;
  return new ErrorClass({
    message: `Azure DNS, ${call}: ${said}${labels.length > 0 ? ` (${redact(labels.join(", "), secrets)})` : ""}`,
    meaning: meaningOf(call, status),
    remedy: remedyFor(status),
    system: "Azure DNS",
    call,
    code,
    status,
    retryable:
      status === undefined
        ? code !== undefined
        : [408, 409, 412, 429].includes(status) || status >= 500,
  });
}
