/** The cluster as DigitalOcean's API describes it, and who may reach it: pure. */
import { BlockList, isIP } from "node:net";
import type { Cluster, TrustedSource } from "../../../providers/digitalocean/index.ts";
import type { Check } from "../check.ts";

export const clusterChecks: readonly Check<Cluster>[] = [
  ({ name, online, status }) =>
    online
      ? undefined
      : {
          code: "cluster-not-online",
          severity: "blocks",
          message: `The cluster ${name} is ${status} at DigitalOcean, not online: a copy that begins now may break off.`,
          remedy: "Wait until it is online: doctl databases list",
        },
  ({ name, engine }) =>
    engine === "pg" || engine === "advanced_pg"
      ? undefined
      : {
          code: "cluster-not-postgresql",
          severity: "blocks",
          message: `The cluster ${name} is a ${engine} cluster, not PostgreSQL.`,
          remedy: "Correct source.digitalocean.cluster in the plan.",
        },
  ({ id, name, maintenance }) =>
    maintenance?.pending === true
      ? {
          code: "maintenance-pending",
          severity: "warns",
          message: `DigitalOcean will update the cluster ${name} in its next window (${maintenance.day ?? "?"} ${maintenance.hour ?? "?"}), with a restart; a copy that is under way then may lose its replication slot.`,
          objects: maintenance.updates,
          remedy: `doctl databases maintenance-window update ${id} --day DAY --hour HH:MM   (or install the update now, in the control panel)`,
        }
      : undefined,
];

export interface Firewall {
  readonly clusterId: string;
  readonly rules: readonly TrustedSource[];
  readonly wanted: readonly string[];
}

/** By the same text, or by an address range that holds it. */
function admits({ type, value }: TrustedSource, wanted: string): boolean {
  if (value === wanted) return true;
  if (type !== "ip_addr" || isIP(wanted) !== 4) return false;
  const [net = "", bits] = value.split("/");
  if (isIP(net) !== 4) return false;
  const range = new BlockList();
  range.addSubnet(net, bits === undefined ? 32 : Number(bits), "ipv4");
  return range.check(wanted, "ipv4");
}

export const firewallChecks: readonly Check<Firewall>[] = [
  ({ clusterId, rules }) =>
    rules.length > 0
      ? undefined
      : {
          code: "cluster-open-to-the-world",
          severity: "warns",
          message:
            "The cluster has no trusted sources, so the whole internet may try its passwords. The first one that is added shuts out everybody else.",
          remedy: `doctl databases firewalls replace ${clusterId} --rule ip_addr:ADDRESS ...   (every address that needs it at once)`,
        },
  ({ clusterId, rules, wanted }) => {
    if (rules.length === 0) return undefined;
    const missing = wanted.filter((address) => !rules.some((rule) => admits(rule, address)));
    if (missing.length === 0) return undefined;
    return {
      code: "trusted-source-missing",
      severity: "blocks",
      message:
        "The cluster does not trust addresses that the plan names: Azure's copy, which comes from the target, would be refused.",
      objects: missing,
      remedy: missing
        .map((address) => `doctl databases firewalls append ${clusterId} --rule ip_addr:${address}`)
        .join("\n"),
    };
  },
];
