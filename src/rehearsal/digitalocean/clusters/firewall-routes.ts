/** Trusted sources. A PUT replaces the whole list; there is no way to add one, and no ETag. */
import { randomUUID } from "node:crypto";
import { isIPv6 } from "node:net";
import { unprocessable } from "../http/api-error.ts";
import { isObject, type Route, textField } from "../http/route.ts";
import { type Cluster, type FirewallRule, timestamp } from "./cluster.ts";
import { clusterPath } from "./cluster-routes.ts";
import type { Fleet } from "./fleet.ts";
import { ruleView } from "./view.ts";

const types = ["droplet", "k8s", "ip_addr", "tag", "app"];
const template = `${clusterPath}/firewall`;

function readRule(cluster: Cluster, rule: unknown): FirewallRule {
  if (!isObject(rule)) throw unprocessable("invalid rule");
  const type = textField(rule, "type");
  const value = textField(rule, "value");
  if (!types.includes(type)) throw unprocessable(`invalid rule type ${type}`);
  if (type === "ip_addr" && isIPv6(value.split("/")[0] ?? ""))
    throw unprocessable("IPv6 is not supported");
  const same = cluster.rules.find((known) => known.type === type && known.value === value);
  const { description } = rule;
  return {
    uuid: same?.uuid ?? randomUUID(),
    type,
    value,
    ...(typeof description === "string" ? { description } : {}),
    created_at: same?.created_at ?? timestamp(cluster.now()),
  };
}

export function firewallRoutes(fleet: Fleet): readonly Route[] {
  return [
    {
      method: "GET",
      template,
      scopes: ["database:read"],
      handle: (call) => {
        const cluster = fleet.of(call);
        return {
          status: 200,
          body: { rules: cluster.rules.map((rule) => ruleView(cluster, rule)) },
        };
      },
    },
    {
      method: "PUT",
      template,
      scopes: ["database:update"],
      handle: (call) => {
        const cluster = fleet.of(call);
        const rules = call.body["rules"];
        if (!Array.isArray(rules)) throw unprocessable("rules is required");
        if (rules.length > 100) throw unprocessable("a cluster has at most 100 trusted sources");
        const before = cluster.rules;
        cluster.rules = rules.map((rule) => readRule(cluster, rule));
        cluster.happened("cluster_update");
        if (fleet.options.faults.take("firewall-raced", call)) {
          cluster.rules = before;
        }
        return { status: 204 };
      },
    },
  ];
}
