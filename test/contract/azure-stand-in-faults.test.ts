/**
 * Faults of the wire: the SDK's own retries must be needed, and only where
 * they help.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { azureNames, type Clients, migrationOf, startAzure } from "../support/azure.ts";
import { withServers } from "../support/postgres.ts";

const servers = withServers({ databases: [{ name: "api" }] });
const { group, server } = azureNames;
let clients: Clients;

beforeAll(async () => {
  clients = await startAzure(servers.pair, { pageSize: 2 });
}, 60_000);
afterAll(async () => {
  await clients.azure.close();
}, 30_000);

describe("faults of the wire", () => {
  const look = () => clients.postgres.servers.get(group, server);
  const since = async (work: () => Promise<unknown>): Promise<readonly (number | string)[]> => {
    const from = clients.azure.requests.length;
    await work();
    return clients.azure.requests.slice(from).map(({ status }) => status);
  };

  it.each([
    ["http-500", [500, 500, 200]],
    ["http-503", [503, 503, 200]],
    ["reset-before-effect", ["reset", 200]],
  ] as const)("%s is repeated by the SDK until it is over", async (fault, expected) => {
    clients.azure.faults.on(fault);
    expect(await since(look)).toEqual(expected);
  });

  it("429 is repeated only with a Retry-After", async () => {
    clients.azure.faults.on("http-429", { times: 1 });
    expect(await since(look)).toEqual([429, 200]);
    clients.azure.faults.on("http-429-bare");
    await expect(look()).rejects.toMatchObject({ statusCode: 429, code: "TooManyRequests" });
  }, 15_000);

  it("a busy server, an expired token and a gateway's page reach the caller", async () => {
    clients.azure.faults.on("http-409-busy");
    await expect(look()).rejects.toMatchObject({ statusCode: 409, code: "ServerIsBusy" });
    clients.azure.faults.on("token-expired");
    await expect(look()).rejects.toMatchObject({
      statusCode: 401,
      code: "ExpiredAuthenticationToken",
    });
    clients.azure.faults.on("http-html", { times: 4 });
    await expect(look()).rejects.toMatchObject({ statusCode: 502 });
  });

  it("an echo of a request without a body quotes nothing that is not there", async () => {
    clients.azure.faults.on("http-400-echo");
    await expect(look()).rejects.toThrow(/no body \(Bearer /);
  });

  it("a reset after the effect leaves the effect, and the SDK's repeat meets it", async () => {
    clients.azure.faults.on("reset-after-effect", { method: "PUT", path: "/migrations/" });
    const create = clients.postgres.migrations.create(
      group,
      server,
      "doubt1",
      migrationOf(servers.pair, ["missing"], { migrationOption: "Validate" }),
    );
    await expect(create).rejects.toMatchObject({ statusCode: 409 });
    expect((await clients.postgres.migrations.get(group, server, "doubt1")).name).toBe("doubt1");
  });

  it("a hanging request ends with the caller's signal, a cut-off answer is an error", async () => {
    clients.azure.faults.on("http-hang");
    await expect(
      clients.postgres.servers.get(group, server, { abortSignal: AbortSignal.timeout(300) }),
    ).rejects.toMatchObject({ name: "AbortError" });
    clients.azure.faults.on("http-truncated", { times: 4 });
    await expect(look()).rejects.toThrow();
    clients.azure.faults.off("http-truncated");
  });
});
