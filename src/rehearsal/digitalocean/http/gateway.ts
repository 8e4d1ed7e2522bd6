/**
 * A request on its way to its handler: token, rate limit, route, scope. Turns
 * what handlers answer or throw into a status, headers and a text.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Secret } from "../../../core/secret.ts";
import { ApiError, forbidden, notFound, unauthorized } from "./api-error.ts";
import { type Limits, publishedLimits, RateLimit } from "./rate-limit.ts";
import { findRoute, isObject, type Route, type Scope, scopes as allScopes } from "./route.ts";

export interface AcceptedToken {
  readonly token: Secret;
  /** All of them when absent. */
  readonly scopes?: readonly Scope[];
}

export interface GatewayOptions {
  readonly tokens: readonly AcceptedToken[];
  readonly routes: readonly Route[];
  /** Milliseconds. */
  readonly now: () => number;
  readonly limits?: Limits;
}

export interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly template?: string;
  readonly requestBody?: unknown;
}

const jsonType = { "content-type": "application/json; charset=utf-8" };

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  if (text === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, "bad_request", "error parsing request body");
  }
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #rates: RateLimit;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#rates = new RateLimit(options.limits ?? publishedLimits);
  }

  #scopesOf(authorization: string | undefined): ReadonlySet<Scope> {
    const known = this.#options.tokens.find(
      ({ token }) => authorization === `Bearer ${token.reveal()}`,
    );
    if (known === undefined) throw unauthorized();
    return new Set(known.scopes ?? allScopes);
  }

  async handle(request: IncomingMessage, origin: string): Promise<Outcome> {
    const url = new URL(request.url ?? "/", origin);
    const requestId = randomUUID();
    let headers: Record<string, string> = { "x-request-id": requestId };
    let template: string | undefined;
    let requestBody: unknown;
    const seen = (): Pick<Outcome, "template" | "requestBody"> => ({
      ...(template === undefined ? {} : { template }),
      ...(requestBody === undefined ? {} : { requestBody }),
    });
    try {
      requestBody = await readBody(request);
      const scopes = this.#scopesOf(request.headers.authorization);
      const rate = this.#rates.take(request.headers.authorization ?? "", this.#options.now());
      headers = { ...headers, ...rate.headers };
      if (rate.refused !== undefined) {
        const { retryAfter } = rate.refused;
        if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
        throw new ApiError(429, "too_many_requests", "API Rate limit exceeded.");
      }
      const found = findRoute(this.#options.routes, request.method ?? "GET", url.pathname);
      if (found === undefined) throw notFound();
      template = found.route.template;
      if (!found.route.scopes.some((scope) => scopes.has(scope))) throw forbidden();
      const body = isObject(requestBody) ? requestBody : {};
      const place = {
        method: found.route.method,
        path: url.pathname,
        query: url.searchParams,
        origin,
      };
      const answer = await found.route.handle({ ...place, names: found.names, body, scopes });
      const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
      return {
        status: answer.status,
        text,
        headers: { ...headers, ...(text === "" ? {} : jsonType) },
        ...seen(),
      };
    } catch (error) {
      const known = error instanceof ApiError;
      // A defect of the stand-in shows as a status that the API never uses.
      const status = known ? error.status : 501;
      const id = known ? error.id : "stand_in_defect";
      const message = error instanceof Error ? error.message : String(error);
      // The field is optional in the API, the header is always there.
      const named = status === 401 || status === 429 ? {} : { request_id: requestId };
      const text = JSON.stringify({ id, message, ...named });
      return { status, text, headers: { ...headers, ...jsonType }, ...seen() };
    }
  }
}
