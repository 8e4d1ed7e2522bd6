/** Azure DNS of the stand-in, through the real client: etags, conditions, types. */
import { DnsManagementClient } from "@azure/arm-dns";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { type Azure, createAzure, type ServedRecords } from "../../src/rehearsal/azure/index.ts";
import { createAuthority } from "../../src/rehearsal/certificates/index.ts";
import { all } from "../support/azure.ts";

const group = "rg-dns";
const zone = "sauced.example";
const subscription = "11111111-2222-4333-8444-555555555555";
const served: ServedRecords[] = [];
let azure: Azure;
let client: DnsManagementClient;

beforeAll(async () => {
  const authority = await createAuthority("DNS test");
  azure = await createAzure({
    tls: await authority.issue({ names: ["localhost"] }),
    token: new Secret("t"),
    servers: [],
    dns: {
      subscriptionId: subscription,
      resourceGroup: group,
      zones: [
        {
          name: zone,
          nameServers: ["ns1.sauced.example."],
          records: [
            {
              name: "www",
              type: "A",
              properties: { TTL: 300, ARecords: [{ ipv4Address: "192.0.2.1" }] },
            },
          ],
        },
      ],
      onChange: (records) => void served.push(records),
    },
  });
  const credential = {
    getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  client = new DnsManagementClient(credential, subscription, {
    endpoint: azure.endpoint,
    credentialScopes: "https://management.azure.com/.default",
    tlsOptions: { ca: authority.ca },
  });
});
afterAll(() => azure.close());
beforeEach(() => void served.splice(0));

describe("record sets", () => {
  it("are compared and swapped by etag", async () => {
    const before = await client.recordSets.get(group, zone, "www", "A");
    expect(before).toMatchObject({
      name: "www",
      ttl: 300,
      fqdn: "www.sauced.example.",
      provisioningState: "Succeeded",
      aRecords: [{ ipv4Address: "192.0.2.1" }],
    });
    const etag = before.etag ?? "";
    const after = await client.recordSets.createOrUpdate(
      group,
      zone,
      "www",
      "A",
      { ttl: 30, metadata: { run: "r1" }, aRecords: [{ ipv4Address: "192.0.2.2" }] },
      { ifMatch: etag },
    );
    expect(after).toMatchObject({
      ttl: 30,
      metadata: { run: "r1" },
      aRecords: [{ ipv4Address: "192.0.2.2" }],
    });
    expect(after.etag).not.toBe(etag);
    expect(served).toEqual([{ zone, name: "www", type: "A", ttl: 30, values: ["192.0.2.2"] }]);
    await expect(
      client.recordSets.createOrUpdate(
        group,
        zone,
        "www",
        "A",
        { ttl: 5, aRecords: [] },
        { ifMatch: etag },
      ),
    ).rejects.toMatchObject({ statusCode: 412, code: "PreconditionFailed" });
    await expect(
      client.recordSets.delete(group, zone, "www", "A", { ifMatch: etag }),
    ).rejects.toMatchObject({ statusCode: 412 });
    expect((await client.recordSets.get(group, zone, "www", "A")).ttl).toBe(30);
  });

  it("are created only once with ifNoneMatch, replaced whole by PUT, changed in part by PATCH", async () => {
    const put = (ttl: number) =>
      client.recordSets.createOrUpdate(
        group,
        zone,
        "api",
        "CNAME",
        { ttl, metadata: { a: "1" }, cnameRecord: { cname: "old.example" } },
        { ifNoneMatch: "*" },
      );
    await put(60);
    await expect(put(61)).rejects.toMatchObject({ statusCode: 412 });
    const patched = await client.recordSets.update(group, zone, "api", "CNAME", { ttl: 10 });
    expect(patched).toMatchObject({
      ttl: 10,
      metadata: { a: "1" },
      cnameRecord: { cname: "old.example" },
    });
    const replaced = await client.recordSets.createOrUpdate(group, zone, "api", "CNAME", {
      ttl: 20,
      cnameRecord: { cname: "new.example" },
    });
    expect(replaced.metadata).toBeUndefined();
    await expect(
      client.recordSets.createOrUpdate(group, zone, "api", "A", {
        ttl: 20,
        aRecords: [{ ipv4Address: "192.0.2.3" }],
      }),
    ).rejects.toMatchObject({ statusCode: 400 });
    await client.recordSets.delete(group, zone, "api", "CNAME");
    expect(served.at(-1)).toMatchObject({ name: "api", values: [] });
    await expect(client.recordSets.get(group, zone, "api", "CNAME")).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  it("are listed by type and by zone, beside the zone itself", async () => {
    await client.recordSets.createOrUpdate(group, zone, "@", "TXT", {
      ttl: 60,
      txtRecords: [{ value: ["v=1"] }],
    });
    await client.recordSets.createOrUpdate(group, zone, "www", "AAAA", {
      ttl: 60,
      aaaaRecords: [{ ipv6Address: "2001:db8::1" }],
    });
    const listed = await all(client.recordSets.listByDnsZone(group, zone));
    expect(listed.map(({ name, type }) => `${name} ${type?.split("/").at(-1)}`)).toEqual([
      "www A",
      "@ TXT",
      "www AAAA",
    ]);
    expect(
      (await all(client.recordSets.listByType(group, zone, "TXT"))).map(({ fqdn }) => fqdn),
    ).toEqual(["sauced.example."]);
    expect(await client.zones.get(group, zone)).toMatchObject({
      name: zone,
      nameServers: ["ns1.sauced.example."],
      zoneType: "Public",
    });
    await expect(client.zones.get(group, "other.example")).rejects.toMatchObject({
      statusCode: 404,
    });
  });
});
