/** Routes of server parameters: list, get, PUT and PATCH as long-running operations. */
import { z } from "zod";
import { ArmError } from "../arm/arm-error.ts";
import { type Answer, bodyOf, type Call, named, ok } from "../arm/call.ts";
import type { Route } from "../arm/router.ts";
import type { Configuration, ConfigurationStore } from "./configuration-store.ts";
import type { FlexibleServer } from "./flexible-server.ts";
import { provider, serverOf, serverPath } from "./server-paths.ts";
import type { ServerParts } from "./servers.ts";

function configurationBody(server: FlexibleServer, configuration: Configuration): unknown {
  const { name, ...properties } = configuration;
  return {
    properties: {
      ...properties,
      documentationLink: `https://www.postgresql.org/docs/current/runtime-config.html#GUC-${name.toUpperCase().replaceAll("_", "-")}`,
    },
    id: `${server.id}/configurations/${name}`,
    name,
    type: `${provider}/flexibleServers/configurations`,
  };
}

function storeOf(server: FlexibleServer, parts: ServerParts): ConfigurationStore {
  const store = parts.configurations.get(server);
  if (store === undefined) throw new Error(`no configuration store for ${server.options.name}`);
  return store;
}

async function find(store: ConfigurationStore, name: string): Promise<Configuration> {
  const found = (await store.list()).find(
    (configuration) => configuration.name === name.toLowerCase(),
  );
  if (found !== undefined) return found;
  throw new ArmError(
    404,
    "ConfigurationNotExists",
    `The configuration '${name}' does not exist for the server.`,
  );
}

const changeShape = z.looseObject({
  properties: z
    .looseObject({ value: z.string().optional(), source: z.string().optional() })
    .optional(),
});

async function change(call: Call, parts: ServerParts): Promise<Answer> {
  const server = serverOf(call, parts.servers);
  const store = storeOf(server, parts);
  const configuration = await find(store, named(call, "name"));
  const { properties } = bodyOf(call, changeShape);
  const value =
    properties?.source === "system-default" ? configuration.defaultValue : properties?.value;
  if (value === undefined)
    throw new ArmError(400, "InvalidParameterValue", "The property 'value' is required.");
  store.check(configuration, value);
  return parts.operations.start(call, server.options.locationName, async () => {
    await store.set(configuration, value);
    return configurationBody(server, await find(store, configuration.name));
  });
}

export function configurationRoutes(parts: ServerParts): readonly Route[] {
  const path = `${serverPath}/configurations`;
  return [
    {
      method: "GET",
      path,
      handler: async (call) => {
        const server = serverOf(call, parts.servers);
        const all = await storeOf(server, parts).list();
        return ok({ value: all.map((configuration) => configurationBody(server, configuration)) });
      },
    },
    {
      method: "GET",
      path: `${path}/{name}`,
      handler: async (call) => {
        const server = serverOf(call, parts.servers);
        return ok(
          configurationBody(server, await find(storeOf(server, parts), named(call, "name"))),
        );
      },
    },
    { method: "PUT", path: `${path}/{name}`, handler: (call) => change(call, parts) },
    { method: "PATCH", path: `${path}/{name}`, handler: (call) => change(call, parts) },
  ];
}
