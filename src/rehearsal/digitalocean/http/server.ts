/**
 * The HTTPS server: takes a request through faults, token, rate limit, scope
 * and router, and writes the answer. Holds no state of any resource.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Secret } from "../../../core/secret.ts";
import type { FaultSwitch } from "../../fault-switch.ts";
import type { DigitalOceanFault } from "../faults.ts";
import { ApiError, forbidden, notFound, unauthorized } from "./api-error.ts";
import { interfere } from "./interference.ts";
import { type Limits, publishedLimits, RateLimit } from "./rate-limit.ts";
import { findRoute, isObject, type Route, type Scope, scopes as allScopes } from "./route.ts";

export interface AcceptedToken {
  readonly token: Secret;
  /** All of them when absent. */
  readonly scopes?: readonly Scope[];
}

/** Holds no headers and, unless bodies were asked for, nothing secret. */
export interface LoggedRequest {
  /** ISO 8601. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** As the OpenAPI writes the path; undefined where no handler was reached. */
  readonly template: string | undefined;
  /** The HTTP status, or what happened to the connection. */
  readonly status: number | "reset" | "hang" | "truncated";
  /** Only with `recordBodies`, for checking against the OpenAPI. */
  readonly requestBody?: unknown;
  readonly responseBody?: unknown;
}

export interface ServerOptions {
  /** PEM texts. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly tokens: readonly AcceptedToken[];
  readonly routes: readonly Route[];
  readonly faults: FaultSwitch<DigitalOceanFault>;
  readonly now: () => number;
  readonly limits?: Limits;
  readonly port?: number;
  readonly recordBodies?: boolean;
}

export interface ApiServer {
  readonly endpoint: string;
  readonly requests: readonly LoggedRequest[];
  close(): Promise<void>;
}

interface Outcome {
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

class Api {
  readonly #options: ServerOptions;
  readonly #rates: RateLimit;

  constructor(options: ServerOptions) {
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

function write(response: ServerResponse, outcome: Outcome, truncated: boolean): void {
  const length = { "content-length": String(Buffer.byteLength(outcome.text)) };
  response.writeHead(outcome.status, {
    ...outcome.headers,
    ...(outcome.status === 204 ? {} : length),
  });
  if (truncated)
    response.write(outcome.text.slice(0, outcome.text.length / 2), () => response.destroy());
  else response.end(outcome.text);
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

async function respond(
  api: Api,
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
): Promise<{ readonly status: LoggedRequest["status"]; readonly outcome?: Outcome }> {
  const { faults } = options;
  const target = { method: request.method ?? "GET", path: request.url ?? "/" };
  const interference = interfere(faults, target, options.now());
  if (interference?.is === "reset") {
    request.socket.destroy();
    return { status: "reset" };
  }
  // The connection stays open until the client or close() ends it.
  if (interference?.is === "hang") return { status: "hang" };
  const headers = { "x-request-id": randomUUID() };
  const outcome =
    interference === undefined
      ? await api.handle(request, origin)
      : { ...interference, headers: { ...headers, ...interference.headers } };
  if (interference === undefined && faults.take("reset-after-effect", target)) {
    request.socket.destroy();
    return { status: "reset", outcome };
  }
  const truncated = outcome.text !== "" && faults.take("http-truncated", target);
  write(response, outcome, truncated);
  return { status: truncated ? "truncated" : outcome.status, outcome };
}

/** Listens on 127.0.0.1. */
export async function serve(options: ServerOptions): Promise<ApiServer> {
  const requests: LoggedRequest[] = [];
  const api = new Api(options);
  let endpoint = "";
  const server = https.createServer(options.tls, (request, response) => {
    const at = new Date(options.now()).toISOString();
    const url = new URL(request.url ?? "/", "https://127.0.0.1");
    void respond(api, options, request, response, endpoint)
      // Only a client that went away while its body was read gets here.
      .catch((): { readonly status: "reset"; readonly outcome?: Outcome } => ({ status: "reset" }))
      .then(({ status, outcome }) => {
        requests.push({
          at,
          method: request.method ?? "GET",
          path: url.pathname,
          query: url.search,
          template: outcome?.template,
          status,
          ...(options.recordBodies === true && outcome !== undefined
            ? { requestBody: outcome.requestBody, responseBody: parsed(outcome.text) }
            : {}),
        });
      });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    requests,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
