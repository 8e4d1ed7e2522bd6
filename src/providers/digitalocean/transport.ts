/**
 * One HTTP exchange with DigitalOcean's API: the token, the plan's CA, and a
 * bound on the time. Decides nothing about repeating it.
 */
import type { Agent } from "undici";
import { UsageError } from "../../core/errors.ts";
import type { Secret } from "../../core/secret.ts";

export interface TransportSettings {
  /** Default https://api.digitalocean.com. */
  readonly endpoint?: string;
  /** PEM text of the authority that the API's certificate must chain to. Default: those that Node trusts. */
  readonly ca?: string;
  readonly token: Secret;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With the query, as it is sent. */
  readonly path: string;
  readonly body?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

export interface Transport {
  /** Rejects with undici's error, or with the signal's reason. */
  exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export const publicEndpoint = "https://api.digitalocean.com";

/** Throws UsageError for an endpoint to which a token should not be sent. */
export function openTransport(settings: TransportSettings): Transport {
  const origin = (settings.endpoint ?? publicEndpoint).replace(/\/+$/, "");
  if (!URL.canParse(origin) || new URL(origin).protocol !== "https:") {
    throw new UsageError({
      message: `source.digitalocean.endpoint is "${origin}", which is no https:// address.`,
      remedy: "Leave it out for DigitalOcean itself.",
    });
  }
  let agent: Agent | undefined;
  return {
    async exchange({ method, path, body }, signal) {
      signal.throwIfAborted();
      // Loaded when first needed: commands that never ask DigitalOcean start without it.
      const undici = await import("undici");
      agent ??= new undici.Agent(settings.ca === undefined ? {} : { connect: { ca: settings.ca } });
      const response = await undici.fetch(`${origin}${path}`, {
        method,
        dispatcher: agent,
        signal,
        // A redirect would carry the token elsewhere.
        redirect: "error",
        headers: {
          authorization: `Bearer ${settings.token.reveal()}`,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: new Map(response.headers), text };
    },
    async close() {
      await agent?.destroy();
      agent = undefined;
    },
  };
}
