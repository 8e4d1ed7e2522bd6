/**
 * A network that swallows everything, and a server that stands still: every
 * wait for PostgreSQL ends on this side. Every test would hang without it.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ProviderError } from "../../src/core/errors.ts";
import { connect, type Endpoint, withClient } from "../../src/providers/postgres/index.ts";
import { withServers } from "../support/postgres.ts";
import { type Proxy, startProxy } from "../support/tcp-proxy.ts";

const servers = withServers();
const never = new AbortController().signal;
let proxy: Proxy;

beforeAll(async () => {
  proxy = await startProxy(servers.pair.source);
});

afterEach(() => proxy.resume());
afterAll(() => proxy.close());

const through = (): Endpoint => ({ ...servers.pair.sourceAdmin("api"), port: proxy.port });

async function failureOf(work: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await work.catch((e: unknown) => e);
  if (error instanceof ProviderError) return error;
  throw new Error(`expected a ProviderError, got ${String(error)}`);
}

describe("an answer that does not come", () => {
  const timeouts = { connectMs: 300, statementMs: 200, answerMs: 600 };

  it("to a new connection: nothing was done", async () => {
    proxy.pause();
    const error = await failureOf(
      withClient(through(), { server: "source", signal: never, timeouts }, () => Promise.resolve()),
    );
    expect(error).toMatchObject({ code: "ETIMEDOUT", call: "connect", retryable: true });
    expect(error.meaning).toContain("This call has read and changed nothing");
  });

  it("to a query: whether it took effect is not known", async () => {
    const options = { server: "source", signal: never, timeouts, call: "read a table" };
    const error = await failureOf(
      withClient(through(), options, async (client) => {
        proxy.pause();
        await client.query("SELECT 1");
      }),
    );
    expect(error).toMatchObject({ code: "ETIMEDOUT", call: "read a table", retryable: true });
    expect(error.meaning).toContain("Whether the last statement took effect is not known");
    expect(error.remedy).toContain("--resume");
  });

  it("to a goodbye: the connection is closed all the same", async () => {
    const answer = await withClient(
      through(),
      { server: "source", signal: never, timeouts },
      async (client) => {
        const { rows } = await client.query("SELECT 1 AS one");
        proxy.pause();
        return rows;
      },
    );
    expect(answer).toEqual([{ one: 1 }]);
  });
});

describe("a statement that may take any time", () => {
  const timeouts = { connectMs: 300, statementMs: 0, silenceMs: 200 };
  const options = { server: "source", signal: never, timeouts };

  it("is waited for as long as its server answers", async () => {
    const { rows } = await withClient(through(), options, (client) =>
      client.query("SELECT pg_catalog.pg_sleep(1.5), 1 AS one"),
    );
    expect(rows).toMatchObject([{ one: 1 }]);
  });

  it("is waited for although the server takes no further connection", async () => {
    const client = await connect(through(), options);
    const su = { server: "source", signal: never, write: true };
    const allow = (allowed: boolean) =>
      withClient(servers.pair.source.superuser, su, (other) =>
        other.query(`ALTER DATABASE api ALLOW_CONNECTIONS ${String(allowed)}`),
      );
    await allow(false);
    try {
      const { rows } = await client.query("SELECT pg_catalog.pg_sleep(1.2), 1 AS one");
      expect(rows).toMatchObject([{ one: 1 }]);
    } finally {
      await allow(true);
      await client.end();
    }
  });

  it("is given up when the network swallows the answer", async () => {
    const work = withClient(through(), options, async (client) => {
      const asked = client.query("SELECT pg_catalog.pg_sleep(0.1)");
      proxy.pause();
      await asked;
    });
    const error = await failureOf(work);
    expect(error).toMatchObject({ code: "ETIMEDOUT", retryable: true });
    expect(error.message).toContain("does not answer");
  });

  it("is given up when the server stands still", async () => {
    const { pair } = servers;
    const endpoint = pair.targetAdmin("postgres");
    const work = withClient(endpoint, { ...options, server: "target" }, async (client) => {
      await pair.target.pause();
      await client.query("SELECT 1");
    });
    try {
      expect(await failureOf(work)).toMatchObject({
        code: "ETIMEDOUT",
        system: "PostgreSQL target",
      });
    } finally {
      await pair.target.proceed();
    }
  });
});

it("a wait ends at once when the signal fires, in the dark too", async () => {
  for (const at of ["connecting", "asking"]) {
    const controller = new AbortController();
    const stopped = withClient(
      through(),
      { server: "source", signal: controller.signal },
      async (client) => {
        proxy.pause();
        const asked = client.query("SELECT 1");
        setImmediate(() => controller.abort(new Error("SIGINT")));
        await asked;
      },
    );
    if (at === "connecting") {
      proxy.pause();
      setImmediate(() => controller.abort(new Error("SIGINT")));
    }
    const began = performance.now();
    await expect(stopped).rejects.toThrow("SIGINT");
    expect(performance.now() - began).toBeLessThan(5000);
    proxy.resume();
  }
});
