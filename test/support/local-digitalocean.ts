/** The DigitalOcean stand-in with a certificate, a token, a cluster and a domain, for tests. */
import { Secret } from "../../src/core/secret.ts";
import { createAuthority } from "../../src/rehearsal/certificates/index.ts";
import {
  createDigitalOcean,
  type DigitalOceanOptions,
  type DigitalOceanStandIn,
} from "../../src/rehearsal/digitalocean/index.ts";

export const token = new Secret("dop_v1_canary-token-9f2e");
export const adminPassword = new Secret("AVNS_canary/pass word-77");
export const clusterId = "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30";

export const nineOClock = Date.parse("2026-03-02T09:00:00Z");

export interface LocalDigitalOcean extends DigitalOceanStandIn {
  /** PEM text. */
  readonly ca: string;
}

/** One authority for all of a test file: making keys takes time. */
const authority = createAuthority("test authority");

export async function startLocalDigitalOcean(
  options: Partial<DigitalOceanOptions> = {},
): Promise<LocalDigitalOcean> {
  const issuer = await authority;
  const { ca } = issuer;
  const tls = await issuer.issue({ names: ["localhost"], addresses: ["127.0.0.1"] });
  const standIn = await createDigitalOcean({
    tls,
    tokens: [{ token }],
    clusters: [
      {
        id: clusterId,
        name: "backend",
        endpoint: {
          host: "127.0.0.1",
          port: 25_060,
          database: "defaultdb",
          user: "doadmin",
          password: adminPassword,
          tls: { mode: "verify-full", ca },
        },
        ca,
        storageMib: 81_920,
        databases: ["defaultdb", "app"],
        rules: [{ type: "ip_addr", value: "192.0.2.1", description: "office" }],
      },
    ],
    domains: [
      {
        name: "app.test",
        nameServers: ["ns1.app.test", "ns2.app.test"],
        records: [
          { type: "CNAME", name: "db", data: "old.cloud.test.", ttl: 3600 },
          { type: "A", name: "www", data: "192.0.2.1", ttl: 300 },
          { type: "A", name: "www", data: "192.0.2.2", ttl: 300 },
          { type: "MX", name: "@", data: "app.test", priority: 10 },
          { type: "TXT", name: "@", data: "v=spf1 -all" },
        ],
      },
    ],
    ...options,
  });
  return { ...standIn, ca };
}
