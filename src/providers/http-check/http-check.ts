/**
 * One HTTP(S) request to see whether a service is well. An unwell service is
 * an answer, not an error; a service that could not be asked is kept apart.
 * Follows no redirects: where the plan points is what is checked.
 */
import type { IncomingMessage } from "node:http";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import {
  checkServerIdentity,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import { UsageError } from "../../core/errors.ts";

export interface HttpCheckOptions {
  readonly url: string;
  readonly method?: "GET" | "HEAD";
  /** Default 200. */
  readonly expectStatus?: number | readonly number[];
  /** Must match somewhere in the first MiB of the body. */
  readonly expectBody?: RegExp;
  /** PEM; replaces the authorities that Node trusts. */
  readonly ca?: string;
  /** Connects there, while Host and SNI stay those of the URL: a service before its DNS flip. */
  readonly connectTo?: { readonly host: string; readonly port: number };
  readonly headers?: { readonly [name: string]: string };
  /** Milliseconds for the whole request. */
  readonly timeoutMs: number;
  readonly now?: () => Date;
  readonly signal: AbortSignal;
}

export interface Seen {
  readonly status: number;
  readonly tookMs: number;
  /** Whole days until the certificate ends; undefined without TLS. */
  readonly certificateDaysLeft: number | undefined;
  readonly certificateEnds: string | undefined;
  /** Where the connection went. */
  readonly address: string | undefined;
}

export type HttpCheck =
  | ({ readonly is: "healthy" } & Seen)
  | ({ readonly is: "unhealthy"; readonly why: string } & Seen)
  /** No answer: refused, timed out, name not found, certificate not trusted. */
  | {
      readonly is: "unreadable";
      readonly why: string;
      readonly code: string;
      readonly tookMs: number;
    };

const bodyLimit = 1 << 20;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly ends: string | undefined;
  readonly address: string | undefined;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= bodyLimit) break;
  }
  return Buffer.concat(chunks).subarray(0, bodyLimit).toString("utf8");
}

function certificateEnd(response: IncomingMessage): string | undefined {
  const socket = response.socket as Partial<TLSSocket>;
  const certificate = socket.getPeerCertificate?.() as DetailedPeerCertificate | undefined;
  return certificate?.valid_to === undefined
    ? undefined
    : new Date(certificate.valid_to).toISOString();
}

function request(url: URL, options: HttpCheckOptions, signal: AbortSignal): Promise<Answer> {
  const secure = url.protocol === "https:";
  const { connectTo } = options;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const sent = (secure ? https : http).request(url, {
      method: options.method ?? "GET",
      // A kept connection would go on to where the name pointed before.
      agent: false,
      signal,
      headers: {
        host: url.host,
        "user-agent": "opensauced-migrate",
        connection: "close",
        ...options.headers,
      },
      ...(connectTo === undefined
        ? {}
        : { host: connectTo.host, hostname: connectTo.host, port: connectTo.port }),
      ...(secure && net.isIP(host) === 0 ? { servername: host } : {}),
      // The certificate is for the URL's host, wherever the connection goes.
      ...(secure
        ? {
            checkServerIdentity: (_: string, certificate: PeerCertificate) =>
              checkServerIdentity(host, certificate),
          }
        : {}),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      // Read while the connection is there: it is gone when the body has ended.
      const ends = certificateEnd(response);
      const address = response.socket.remoteAddress;
      readBody(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body, ends, address }),
        reject,
      );
    });
    sent.end();
  });
}

function complaint(answer: Answer, options: HttpCheckOptions): string | undefined {
  const expected = [options.expectStatus ?? 200].flat();
  if (!expected.includes(answer.status)) {
    return `answered ${answer.status}, not ${expected.join(" or ")}`;
  }
  const { expectBody } = options;
  // A global expression remembers where it stopped.
  if (expectBody !== undefined && answer.body.search(expectBody) === -1) {
    return `the body does not match ${expectBody}`;
  }
  return undefined;
}

/** Throws the signal's reason when it fires, UsageError for a URL that is none; else it answers. */
export async function checkHttp(options: HttpCheckOptions): Promise<HttpCheck> {
  options.signal.throwIfAborted();
  const url = URL.parse(options.url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError({ message: `"${options.url}" is not an http or https URL.` });
  }
  const begun = performance.now();
  const deadline = AbortSignal.timeout(options.timeoutMs);
  let answer: Answer;
  try {
    answer = await request(url, options, AbortSignal.any([options.signal, deadline]));
  } catch (error) {
    options.signal.throwIfAborted();
    const tookMs = Math.round(performance.now() - begun);
    if (deadline.aborted) {
      return {
        is: "unreadable",
        why: `no answer within ${options.timeoutMs} ms`,
        code: "TIMEOUT",
        tookMs,
      };
    }
    const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
    const { code, message } = first as { code?: string; message: string };
    return { is: "unreadable", why: message, code: code ?? "UNKNOWN", tookMs };
  }
  const now = options.now?.() ?? new Date();
  const seen: Seen = {
    status: answer.status,
    tookMs: Math.round(performance.now() - begun),
    certificateDaysLeft:
      answer.ends === undefined
        ? undefined
        : Math.floor((Date.parse(answer.ends) - now.getTime()) / 86_400_000),
    certificateEnds: answer.ends,
    address: answer.address,
  };
  const why = complaint(answer, options);
  return why === undefined ? { is: "healthy", ...seen } : { is: "unhealthy", why, ...seen };
}
