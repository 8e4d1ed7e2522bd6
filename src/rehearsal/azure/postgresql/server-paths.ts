/** The path of a flexible server, and finding the server that a call names. */
import { ArmError, resourceNotFound } from "../arm/arm-error.ts";
import { type Call, named } from "../arm/call.ts";
import type { FlexibleServer } from "./flexible-server.ts";

export const provider = "Microsoft.DBforPostgreSQL";
export const groupPath = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${provider}/flexibleServers`;
export const serverPath = `${groupPath}/{server}`;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Throws the 404 that ARM gives, by what is not known. */
export function serverOf(call: Call, servers: readonly FlexibleServer[]): FlexibleServer {
  const subscription = named(call, "subscription");
  const group = named(call, "group");
  const name = named(call, "server");
  const inSubscription = servers.filter((server) =>
    same(server.options.subscriptionId, subscription),
  );
  if (inSubscription.length === 0) {
    throw new ArmError(
      404,
      "SubscriptionNotFound",
      `The subscription '${subscription}' could not be found.`,
    );
  }
  const inGroup = inSubscription.filter((server) => same(server.options.resourceGroup, group));
  if (inGroup.length === 0) {
    throw new ArmError(
      404,
      "ResourceGroupNotFound",
      `Resource group '${group}' could not be found.`,
    );
  }
  const server = inGroup.find((candidate) => same(candidate.options.name, name));
  if (server === undefined) throw resourceNotFound(`${provider}/flexibleServers/${name}`, group);
  return server;
}
