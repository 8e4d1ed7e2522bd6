import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import {
  checkHttp,
  type HttpCheck,
  type HttpCheckOptions,
} from "../../src/providers/http-check/index.ts";
import { type Authority, createAuthority } from "../../src/rehearsal/certificates/index.ts";

const never = new AbortController().signal;
let authority: Authority;
let plain: http.Server;
let secure: https.Server;

const answer: http.RequestListener = (request, response) => {
  switch (request.url) {
    case "/ok":
      response.end(`ready: ${request.headers.host}`);
      break;
    case "/moved":
      response.writeHead(302, { location: "/ok" }).end();
      break;
    case "/hang":
      break;
    case "/endless":
      response.write("ready ");
      break;
    case "/cut":
      response.writeHead(200, { "content-length": "100" }).write("short");
      response.socket?.destroy();
      break;
    default:
      response.writeHead(503).end("starting");
  }
};

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  authority = await createAuthority("Test authority");
  const { cert, key } = await authority.issue({ names: ["app.example.test"] });
  plain = http.createServer(answer).listen(0, "127.0.0.1");
  secure = https.createServer({ cert, key }, answer).listen(0, "127.0.0.1");
  await Promise.all([once(plain, "listening"), once(secure, "listening")]);
});
afterAll(() => {
  for (const server of [plain, secure]) {
    server.close();
    server.closeAllConnections();
  }
});

const check = (path: string, more: Partial<HttpCheckOptions> = {}): Promise<HttpCheck> =>
  checkHttp({
    url: `http://127.0.0.1:${portOf(plain)}${path}`,
    timeoutMs: 5000,
    signal: never,
    ...more,
  });

const checkSecure = (more: Partial<HttpCheckOptions> = {}): Promise<HttpCheck> =>
  check("", {
    url: "https://app.example.test/ok",
    connectTo: { host: "127.0.0.1", port: portOf(secure) },
    ca: authority.ca,
    ...more,
  });

describe("a service", () => {
  it("that answers as expected is healthy, and so it is again", async () => {
    const options = { expectBody: /^ready/g };
    for (const seen of [await check("/ok", options), await check("/ok", options)]) {
      expect(seen).toMatchObject({
        is: "healthy",
        status: 200,
        certificateDaysLeft: undefined,
        address: "127.0.0.1",
      });
    }
  });

  it.each<[string, string, Partial<HttpCheckOptions>, string]>([
    ["another status", "/other", {}, "answered 503, not 200"],
    [
      "a redirect, which is not followed",
      "/moved",
      { expectStatus: [200, 204] },
      "answered 302, not 200 or 204",
    ],
    ["another body", "/ok", { expectBody: /^fine$/ }, "the body does not match /^fine$/"],
  ])("with %s is unhealthy", async (_, path, options, why) => {
    expect(await check(path, options)).toMatchObject({ is: "unhealthy", why });
  });

  it("may be expected to redirect", async () => {
    expect(await check("/moved", { expectStatus: 302 })).toMatchObject({
      is: "healthy",
      status: 302,
    });
  });

  it.each<[string, Partial<HttpCheckOptions>, string]>([
    ["never answers", { url: "/hang", timeoutMs: 100 }, "TIMEOUT"],
    ["never ends its answer", { url: "/endless", timeoutMs: 100 }, "TIMEOUT"],
    ["cuts its answer short", { url: "/cut" }, "ECONNRESET"],
    ["is not there", { url: "/ok", connectTo: { host: "127.0.0.1", port: 1 } }, "ECONNREFUSED"],
    [
      "has no address",
      { url: "/ok", connectTo: { host: "nowhere.invalid", port: 80 } },
      "ENOTFOUND",
    ],
  ])("that %s could not be read", async (_, { url = "", ...options }, code) => {
    expect(await check(url, options)).toMatchObject({ is: "unreadable", code });
  });
});

describe("over TLS", () => {
  it("asks by the URL's name wherever it connects to, and counts the certificate's days", async () => {
    const inTenDays = new Date(Date.now() + 10 * 86_400_000);
    const [now, later] = await Promise.all([
      checkSecure({ expectBody: /app\.example\.test/ }),
      checkSecure({ now: () => inTenDays }),
    ]);
    expect(now).toMatchObject({ is: "healthy" });
    if (now.is !== "healthy" || later.is !== "healthy") return;
    expect(now.certificateDaysLeft).toBeGreaterThan(10);
    expect((now.certificateDaysLeft ?? 0) - (later.certificateDaysLeft ?? 0)).toBe(10);
  });

  it("does not trust another authority, nor a certificate for another name", async () => {
    const other = await createAuthority("Another authority");
    expect(await checkSecure({ ca: other.ca })).toMatchObject({ is: "unreadable" });
    expect(await checkSecure({ url: "https://other.example.test/ok" })).toMatchObject({
      is: "unreadable",
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });
});

it("ends at once by the signal", async () => {
  const controller = new AbortController();
  const stopped = check("/hang", { signal: controller.signal, timeoutMs: 60_000 });
  setImmediate(() => controller.abort(new Error("SIGINT")));
  await expect(stopped).rejects.toThrow("SIGINT");
});

it.each(["ftp://x", "nonsense", ""])("%j is no URL to check", async (url) => {
  await expect(check("", { url })).rejects.toBeInstanceOf(UsageError);
});
