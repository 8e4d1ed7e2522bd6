/**
 * A request and an answer as handlers see them, and reading what a client
 * sent. Knows nothing about resources.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { z } from "zod";
import { ArmError, badRequest } from "./arm-error.ts";

export interface Call {
  readonly method: string;
  /** The path as sent, without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined when the request had no body. */
  readonly body: unknown;
  /** `https://127.0.0.1:port`, for links in answers. */
  readonly origin: string;
  /** Names taken from the path by the route, decoded. */
  readonly names: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

/** A name that the route's pattern guarantees. */
export function named(call: Call, name: string): string {
  const value = call.names[name];
  if (value === undefined) throw new Error(`the route has no {${name}}`);
  return value;
}

const largestBody = 4_000_000;

/** Throws ArmError when the body is too large or is not JSON. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new ArmError(413, "RequestTooLarge", "The request is too large.");
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    throw badRequest(
      "InvalidRequestContent",
      "The request content was invalid and could not be deserialized.",
    );
  }
}

/** The body checked against what the resource takes; unknown keys pass, as in ARM. */
export function bodyOf<Shape>(call: Call, schema: z.ZodType<Shape>): Shape {
  const parsed = schema.safeParse(call.body ?? {});
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  const where = first?.path.join(".") ?? "";
  throw badRequest(
    "InvalidRequestContent",
    `The request content was invalid and could not be deserialized: '${where}': ${first?.message ?? "invalid"}.`,
  );
}
