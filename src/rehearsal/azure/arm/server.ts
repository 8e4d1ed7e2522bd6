/**
 * The HTTPS server: takes a request through faults, token, api-version and
 * router, writes the answer, and keeps a log without bodies or headers. Holds
 * no state of any resource; nothing depends on who is connected.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Secret } from "../../../core/secret.ts";
import { interfere } from "../faults/http-faults.ts";
import type { Faults } from "../faults/faults.ts";
import { ArmError, badRequest } from "./arm-error.ts";
import { type Answer, readBody } from "./call.ts";
import { requireToken, requireVersion } from "./gate.ts";
import { findRoute, type Route } from "./router.ts";

export interface LoggedRequest {
  /** ISO 8601. */
  readonly at: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The HTTP status, or what happened to the connection. */
  readonly status: number | "reset" | "hang" | "truncated";
  /** A handler did what was asked for, whatever became of its answer. */
  readonly done: boolean;
  readonly tookMs: number;
  /** The same over the client's own retries of one call. */
  readonly clientRequestId: string | undefined;
}

export interface ArmServerOptions {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly token: Secret;
  readonly faults: Faults;
  readonly routes: readonly Route[];
  /** A free one when absent. */
  readonly port?: number;
}

export interface ArmServer {
  /** `https://127.0.0.1:port` */
  readonly endpoint: string;
  readonly requests: readonly LoggedRequest[];
  close(): Promise<void>;
}

function write(response: ServerResponse, answer: Answer, truncated: boolean): void {
  const text =
    answer.body === undefined
      ? ""
      : typeof answer.body === "string"
        ? answer.body
        : JSON.stringify(answer.body);
  const headers: Record<string, string> = {
    "Cache-Control": "no-cache",
    "x-ms-request-id": randomUUID(),
    "x-ms-correlation-request-id": randomUUID(),
    ...(text === "" ? {} : { "Content-Type": "application/json; charset=utf-8" }),
    ...answer.headers,
  };
  response.writeHead(answer.status, { ...headers, "Content-Length": Buffer.byteLength(text) });
  if (!truncated) {
    response.end(text);
    return;
  }
  response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy());
}

async function handle(
  request: IncomingMessage,
  options: ArmServerOptions,
  origin: string,
): Promise<Answer> {
  const url = new URL(request.url ?? "/", origin);
  const method = request.method ?? "GET";
  try {
    requireToken(request.headers.authorization, options.token);
    requireVersion(url.pathname, url.searchParams);
    const body = await readBody(request);
    if (options.faults.take("http-400-echo", { method, path: request.url ?? "/" })) {
      throw badRequest(
        "InvalidRequestContent",
        `The request content was invalid: ${JSON.stringify(body) ?? "no body"} (${request.headers.authorization}).`,
      );
    }
    const match = findRoute(options.routes, method, url.pathname);
    if (match === undefined) {
      throw badRequest("InvalidResourceType", `The stand-in has no ${method} ${url.pathname}.`);
    }
    const { names, handler } = match;
    const call = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      origin,
      names,
    };
    return await handler(call);
  } catch (error) {
    if (error instanceof ArmError)
      return { status: error.status, body: error.body, headers: error.headers };
    const message = error instanceof Error ? error.message : String(error);
    // 501 is the one server error that the SDK does not retry: a defect shows at once.
    return { status: 501, body: new ArmError(501, "StandInDefect", message).body };
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: ArmServerOptions,
  origin: string,
): Promise<Pick<LoggedRequest, "status" | "done">> {
  const { faults } = options;
  const target = { method: request.method ?? "GET", path: request.url ?? "/" };
  const interference = interfere(faults, target);
  if (interference?.is === "reset") {
    request.socket.destroy();
    return { status: "reset", done: false };
  }
  // The connection stays open until the client or close() ends it.
  if (interference?.is === "hang") return { status: "hang", done: false };
  const answer = interference?.answer ?? (await handle(request, options, origin));
  const done = interference === undefined && answer.status < 300;
  if (faults.take("reset-after-effect", target)) {
    request.socket.destroy();
    return { status: "reset", done };
  }
  const truncated = faults.take("http-truncated", target);
  write(response, answer, truncated);
  return { status: truncated ? "truncated" : answer.status, done };
}

/** Listens on 127.0.0.1. */
export async function listen(options: ArmServerOptions): Promise<ArmServer> {
  const requests: LoggedRequest[] = [];
  let endpoint = "";
  const server = https.createServer(options.tls, (request, response) => {
    const began = Date.now();
    const id = request.headers["x-ms-client-request-id"];
    const log = (seen: Pick<LoggedRequest, "status" | "done">): void => {
      requests.push({
        at: new Date(began).toISOString(),
        method: request.method ?? "GET",
        path: request.url ?? "/",
        ...seen,
        tookMs: Date.now() - began,
        clientRequestId: typeof id === "string" ? id : undefined,
      });
    };
    // Writing fails only to a client that went away.
    respond(request, response, options, endpoint).then(log, () =>
      log({ status: "reset", done: false }),
    );
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
