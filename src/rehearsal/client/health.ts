/** The app's health check, over HTTPS where it has a certificate. */
import http from "node:http";
import https from "node:https";
import { nowMs } from "./record.ts";
import type { WriterStatus } from "./writer.ts";

export interface HealthAnswer {
  readonly status: "ok" | "failing";
  /** `host:port/database`. */
  readonly database: string | null;
  readonly lastWriteMsAgo: number | null;
  readonly writes: number;
  /** SQLSTATE or the socket's code; of the past when the status is ok. */
  readonly lastError: string | null;
}

/** A database that took no write for this long is not in use. Milliseconds. */
const freshMs = 2_000;

export function health(status: WriterStatus, now: number): HealthAnswer {
  const ago =
    status.lastAcknowledgedMs === undefined ? null : Math.round(now - status.lastAcknowledgedMs);
  return {
    status: ago !== null && ago <= freshMs ? "ok" : "failing",
    database: status.database ?? null,
    lastWriteMsAgo: ago,
    writes: status.acknowledged,
    lastError: status.lastError ?? null,
  };
}

export function healthServer(
  status: WriterStatus,
  tls: { readonly cert: string; readonly key: string } | undefined,
): http.Server {
  const answer: http.RequestListener = (request, response) => {
    if (request.method !== "GET" || request.url?.split("?")[0] !== "/healthz") {
      response.writeHead(404).end();
      return;
    }
    const body = health(status, nowMs());
    response.writeHead(body.status === "ok" ? 200 : 503, {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
    });
    response.end(`${JSON.stringify(body)}\n`);
  };
  return tls === undefined ? http.createServer(answer) : https.createServer(tls, answer);
}
