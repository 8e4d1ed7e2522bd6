/** The network of a stage: a proxy before each PostgreSQL server and each cloud's API. */
import type { CloudFacts } from "../../src/rehearsal/cloud/settings.ts";
import { type Proxy, startProxy } from "./tcp-proxy.ts";

export interface Network {
  readonly source: Proxy;
  readonly target: Proxy;
  readonly azure: Proxy;
  readonly digitalOcean: Proxy;
  readonly all: readonly Proxy[];
  /** Where the stage tells everybody that the servers are. */
  readonly front: { readonly source: number; readonly target: number };
  readonly lead: (facts: CloudFacts) => void;
  /** By which the tool reaches both APIs through the network. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const nowhere = { host: "127.0.0.1", port: 1 };

export async function startNetwork(): Promise<Network> {
  const [source, target, azure, digitalOcean] = await Promise.all([
    startProxy(nowhere),
    startProxy(nowhere),
    startProxy(nowhere),
    startProxy(nowhere),
  ]);
  const all = [source, target, azure, digitalOcean];
  return {
    source,
    target,
    azure,
    digitalOcean,
    all,
    front: { source: source.port, target: target.port },
    lead: ({ source: from, target: to, environment }) => {
      const api = (name: string) => ({
        host: "localhost",
        port: Number(new URL(environment[name] ?? "").port),
      });
      source.leadTo({ host: from.host, port: from.listensOn });
      target.leadTo({ host: to.host, port: to.listensOn });
      azure.leadTo(api("REHEARSAL_AZURE_ENDPOINT"));
      digitalOcean.leadTo(api("REHEARSAL_DO_ENDPOINT"));
    },
    environment: {
      REHEARSAL_AZURE_ENDPOINT: `https://localhost:${azure.port}`,
      REHEARSAL_DO_ENDPOINT: `https://localhost:${digitalOcean.port}`,
    },
    close: async () => void (await Promise.all(all.map((proxy) => proxy.close()))),
  };
}
