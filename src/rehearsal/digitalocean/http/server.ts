/**
 * The HTTPS server: faults of the connection, the answer's bytes, and the log
 * of requests. Holds no state of any resource.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { FaultSwitch } from "../../fault-switch.ts";
import type { DigitalOceanFault } from "../faults.ts";
import { Gateway, type GatewayOptions, type Outcome } from "./gateway.ts";
import { interfere } from "./interference.ts";

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

export interface ServerOptions extends GatewayOptions {
  /** PEM texts. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly faults: FaultSwitch<DigitalOceanFault>;
  readonly port?: number;
  readonly recordBodies?: boolean;
}

export interface ApiServer {
  readonly endpoint: string;
  readonly requests: readonly LoggedRequest[];
  close(): Promise<void>;
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

interface Responded {
  readonly status: LoggedRequest["status"];
  readonly outcome?: Outcome;
}

async function respond(
  gateway: Gateway,
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
): Promise<Responded> {
  const { faults } = options;
  const target = { method: request.method ?? "GET", path: request.url ?? "/" };
  const { authorization } = request.headers;
  const interference = interfere(faults, { ...target, authorization }, options.now());
  if (interference?.is === "reset") {
    request.socket.destroy();
    return { status: "reset" };
  }
  // The connection stays open until the client or close() ends it.
  if (interference?.is === "hang") return { status: "hang" };
  const headers = { "x-request-id": randomUUID() };
  const outcome =
    interference === undefined
      ? await gateway.handle(request, origin)
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
  const gateway = new Gateway(options);
  let endpoint = "";
  const server = https.createServer(options.tls, (request, response) => {
    const at = new Date(options.now()).toISOString();
    const url = new URL(request.url ?? "/", "https://127.0.0.1");
    const log = ({ status, outcome }: Responded): void => {
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
    };
    // Only a client that went away while its body was read makes it reject.
    void respond(gateway, options, request, response, endpoint).then(log, () =>
      log({ status: "reset" }),
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
