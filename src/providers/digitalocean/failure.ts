/** What DigitalOcean's refusals mean and what to do about them. Pure; redacts. */
import { ProviderError, UnreadableError } from "../../core/errors.ts";
import { redact, type Secret } from "../../core/secret.ts";
import { certificateCodes, isInDoubt, isTransient, type Outcome } from "./retry.ts";
import type { HttpAnswer, HttpRequest } from "./transport.ts";

export interface FailedCall {
  readonly method: HttpRequest["method"];
  /** As the documentation writes it: `GET /v2/databases/{id}`. */
  readonly call: string;
  /** What was asked for, for people: `cluster "backend"`. */
  readonly subject: string;
  readonly secrets: readonly Secret[];
  /** How often it was tried. */
  readonly tries: number;
}

interface ApiFault {
  readonly id: string | undefined;
  readonly message: string;
  readonly requestId: string | undefined;
}

function textIn(value: unknown, field: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const text = (value as Record<string, unknown>)[field];
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** A gateway's HTML is not shown: it says nothing and fills the screen. */
function readFault(answer: HttpAnswer): ApiFault {
  let body: unknown;
  try {
    body = JSON.parse(answer.text);
  } catch {
    body = undefined;
  }
  return {
    id: textIn(body, "id"),
    message: textIn(body, "message") ?? "an answer without an explanation",
    requestId: textIn(body, "request_id") ?? answer.headers.get("x-request-id"),
  };
}

const nothingChanged = "Nothing was changed.";
const notKnown = "What DigitalOcean has is not known; nothing was changed.";
const resume = "opensauced-migrate run --resume   (looks before it acts)";

function adviceOn(status: number): Advice {
  switch (status) {
    case 401:
      return {
        meaning: nothingChanged,
        remedy:
          "The token is wrong, expired or revoked: give a valid one where the plan's source.digitalocean.token points; then: opensauced-migrate run --resume",
      };
    case 403:
      return {
        meaning: nothingChanged,
        remedy:
          "The token lacks a scope: database:read, database:view_credentials, database:update, domain:read and domain:update are used.",
      };
    case 404:
      return {
        meaning: nothingChanged,
        remedy:
          "Compare the name in the plan with `doctl databases list` or `doctl compute domain list`; the token may belong to another team.",
      };
    case 409:
      return {
        meaning: `Something else changes it right now. ${nothingChanged}`,
        remedy: "When that has ended: opensauced-migrate run --resume",
      };
    case 422:
      return {
        meaning: `DigitalOcean refused the values. ${nothingChanged}`,
        remedy:
          "Correct what the message names in the plan. A run that was begun with it is taken back first: opensauced-migrate undo",
      };
    case 429:
      return {
        meaning: `The token's request limit is used up (5,000 an hour, 250 a minute, shared by everything that uses it). ${nothingChanged}`,
        remedy: "Wait, or stop what else uses this token; then: opensauced-migrate run --resume",
      };
    default:
      return {
        meaning: notKnown,
        remedy: `${resume} If it stays: https://status.digitalocean.com`,
      };
  }
}

interface Advice {
  readonly meaning: string;
  readonly remedy: string;
}

function adviceOnBreak(code: string): Advice {
  if (certificateCodes.includes(code)) {
    return {
      meaning: `The API's certificate is not trusted. ${nothingChanged}`,
      remedy:
        "Check source.digitalocean.endpoint and source.digitalocean.ca in the plan; a proxy that opens TLS looks like this too.",
    };
  }
  return {
    meaning: notKnown,
    remedy: "Check this machine's way to the API, then: opensauced-migrate run --resume",
  };
}

const inDoubt = {
  meaning: "Whether the change took effect is not known.",
  remedy: resume,
};

export function callFailed(outcome: Outcome, failed: FailedCall): ProviderError {
  const { method, call, subject, secrets, tries } = failed;
  const often = tries > 1 ? `, tried ${tries} times` : "";
  const doubt = isInDoubt(method, outcome) ? inDoubt : {};
  const common = { system: "DigitalOcean", call, retryable: isTransient(outcome) };
  if (outcome.is === "broken") {
    return new ProviderError({
      message: redact(
        `DigitalOcean, ${call} (${subject}): ${outcome.message} (${outcome.code}${often}).`,
        secrets,
      ),
      ...adviceOnBreak(outcome.code),
      ...doubt,
      ...common,
      code: outcome.code,
    });
  }
  const { status } = outcome.answer;
  const { id, message, requestId } = readFault(outcome.answer);
  const named = [`${status}`, id, requestId === undefined ? undefined : `request ${requestId}`];
  const details = named.filter((part) => part !== undefined).join(", ");
  return new ProviderError({
    message: redact(
      `DigitalOcean, ${call} (${subject}): ${message.replace(/\.$/, "")} (${details}${often}).`,
      secrets,
    ),
    ...adviceOn(status),
    ...doubt,
    ...common,
    code: id,
    status,
  });
}

/** An answer came, and it is not what the API's documentation says. */
export function notUnderstood(failed: Omit<FailedCall, "tries">, why: string): UnreadableError {
  return new UnreadableError({
    message: redact(
      `DigitalOcean, ${failed.call} (${failed.subject}): the answer could not be understood: ${why}.`,
      failed.secrets,
    ),
    meaning:
      failed.method === "GET" ? notKnown : "The request was accepted; what it led to is not known.",
    remedy:
      "Check that source.digitalocean.endpoint is DigitalOcean's API. If it is, please report this.",
  });
}
