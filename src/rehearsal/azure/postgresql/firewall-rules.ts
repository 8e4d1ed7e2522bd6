/**
 * Firewall rules, kept in memory. A PUT answers 201 with the body and no
 * operation headers, as the live service was seen to do.
 */
import net from "node:net";
import { z } from "zod";
import { badRequest, resourceNotFound } from "../arm/arm-error.ts";
import { type Answer, bodyOf, type Call, named, ok } from "../arm/call.ts";
import type { Route } from "../arm/router.ts";
import type { FlexibleServer } from "./flexible-server.ts";
import { provider, serverOf, serverPath } from "./server-paths.ts";
import type { ServerParts } from "./servers.ts";

interface Rule {
  readonly name: string;
  readonly startIpAddress: string;
  readonly endIpAddress: string;
}

const ruleShape = z.looseObject({
  properties: z.looseObject({ startIpAddress: z.string(), endIpAddress: z.string() }),
});

function ruleBody(server: FlexibleServer, { name, ...properties }: Rule): unknown {
  return {
    properties,
    id: `${server.id}/firewallRules/${name}`,
    name,
    type: `${provider}/flexibleServers/firewallRules`,
  };
}

export function firewallRoutes(parts: ServerParts): readonly Route[] {
  const rules = new Map<FlexibleServer, Map<string, Rule>>();
  const rulesOf = (server: FlexibleServer): Map<string, Rule> => {
    const found = rules.get(server) ?? new Map<string, Rule>();
    rules.set(server, found);
    return found;
  };

  const put = (call: Call): Answer => {
    const server = serverOf(call, parts.servers);
    const name = named(call, "rule");
    const { startIpAddress, endIpAddress } = bodyOf(call, ruleShape).properties;
    if (!net.isIPv4(startIpAddress) || !net.isIPv4(endIpAddress)) {
      throw badRequest(
        "InvalidFirewallRule",
        "The start and end of a firewall rule must be IPv4 addresses.",
      );
    }
    const rule = { name, startIpAddress, endIpAddress };
    const known = rulesOf(server).has(name);
    rulesOf(server).set(name, rule);
    return ok(ruleBody(server, rule), known ? 200 : 201);
  };

  const get = (call: Call): Answer => {
    const server = serverOf(call, parts.servers);
    const name = named(call, "rule");
    const rule = rulesOf(server).get(name);
    if (rule === undefined) {
      throw resourceNotFound(
        `${provider}/flexibleServers/${server.options.name}/firewallRules/${name}`,
        server.options.resourceGroup,
      );
    }
    return ok(ruleBody(server, rule));
  };

  const remove = (call: Call): Answer => {
    const server = serverOf(call, parts.servers);
    const known = rulesOf(server).delete(named(call, "rule"));
    return known
      ? parts.operations.start(call, server.options.locationName, async () => undefined)
      : { status: 204 };
  };

  const path = `${serverPath}/firewallRules`;
  return [
    {
      method: "GET",
      path,
      handler: (call) => {
        const server = serverOf(call, parts.servers);
        return ok({ value: [...rulesOf(server).values()].map((rule) => ruleBody(server, rule)) });
      },
    },
    { method: "GET", path: `${path}/{rule}`, handler: get },
    { method: "PUT", path: `${path}/{rule}`, handler: put },
    { method: "DELETE", path: `${path}/{rule}`, handler: remove },
  ];
}
