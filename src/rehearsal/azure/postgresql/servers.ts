/**
 * The flexible server resource: GET, lists, PATCH of storage and high
 * availability, restart. Bodies have the live service's oddities: the
 * location as a display name, high availability mode "Disabled".
 */
import { z } from "zod";
import { badRequest } from "../arm/arm-error.ts";
import { type Answer, bodyOf, type Call, named, ok } from "../arm/call.ts";
import type { Operations } from "../arm/operations.ts";
import type { Route } from "../arm/router.ts";
import type { Faults } from "../faults/faults.ts";
import type { ConfigurationStore } from "./configuration-store.ts";
import type { FlexibleServer } from "./flexible-server.ts";
import { groupPath, provider, serverOf, serverPath } from "./server-paths.ts";

export interface ServerParts {
  readonly servers: readonly FlexibleServer[];
  readonly operations: Operations;
  readonly faults: Faults;
  readonly configurations: ReadonlyMap<FlexibleServer, ConfigurationStore>;
}

const standby = { mode: "ZoneRedundant", state: "Healthy", standbyAvailabilityZone: "1" };

async function serverBody(server: FlexibleServer, faults: Faults): Promise<unknown> {
  const { major, minor } = await server.version();
  const small = faults.isOn("storage-too-small");
  return {
    sku: faults.isOn("sku-too-small")
      ? { name: "Standard_B1ms", tier: "Burstable" }
      : { name: "Standard_D4ds_v5", tier: "GeneralPurpose" },
    properties: {
      storage: {
        type: "",
        iops: 500,
        tier: "P10",
        storageSizeGB: small ? 0 : server.storageSizeGB,
        autoGrow: "Disabled",
      },
      network: { publicNetworkAccess: "Enabled" },
      authConfig: { activeDirectoryAuth: "Disabled", passwordAuth: "Enabled" },
      dataEncryption: { type: "SystemManaged" },
      fullyQualifiedDomainName: server.host,
      version: major,
      minorVersion: minor,
      administratorLogin: server.options.administratorLogin,
      state: faults.isOn("server-unknown-state") ? "Hibernating" : server.state,
      availabilityZone: "2",
      backup: { backupRetentionDays: 7, geoRedundantBackup: "Disabled" },
      highAvailability: faults.isOn("high-availability-on") ? standby : server.highAvailability,
      replicationRole: "Primary",
      replicaCapacity: 5,
    },
    location: server.options.locationName,
    tags: server.tags,
    id: server.id,
    name: server.options.name,
    type: `${provider}/flexibleServers`,
  };
}

const patchShape = z.looseObject({
  tags: z.record(z.string(), z.string()).optional(),
  properties: z
    .looseObject({
      storage: z.looseObject({ storageSizeGB: z.number().optional() }).optional(),
      highAvailability: z.looseObject({ mode: z.string() }).optional(),
    })
    .optional(),
});

function patch(call: Call, parts: ServerParts): Answer {
  const server = serverOf(call, parts.servers);
  const { tags, properties } = bodyOf(call, patchShape);
  const size = properties?.storage?.storageSizeGB;
  if (size !== undefined && size < server.storageSizeGB) {
    throw badRequest(
      "InvalidParameterValue",
      "Storage size of a flexible server cannot be reduced.",
    );
  }
  return parts.operations.start(call, server.options.locationName, async () => {
    const mode = properties?.highAvailability?.mode;
    server.storageSizeGB = size ?? server.storageSizeGB;
    server.tags = tags ?? server.tags;
    if (mode !== undefined) {
      server.highAvailability = { mode, state: mode === "Disabled" ? "NotEnabled" : "Healthy" };
    }
    return serverBody(server, parts.faults);
  });
}

function restart(call: Call, parts: ServerParts): Answer {
  const server = serverOf(call, parts.servers);
  return parts.operations.start(call, server.options.locationName, async () => {
    server.state = "Restarting";
    try {
      await server.options.restart();
      parts.configurations.get(server)?.restarted();
    } finally {
      server.state = "Ready";
    }
  });
}

async function list(call: Call, parts: ServerParts): Promise<Answer> {
  const { subscription, group } = call.names;
  const found = parts.servers.filter(
    ({ options }) =>
      options.subscriptionId.toLowerCase() === subscription?.toLowerCase() &&
      (group === undefined || options.resourceGroup.toLowerCase() === group.toLowerCase()),
  );
  return ok({ value: await Promise.all(found.map((server) => serverBody(server, parts.faults))) });
}

export function serverRoutes(parts: ServerParts): readonly Route[] {
  return [
    { method: "GET", path: groupPath, handler: (call) => list(call, parts) },
    {
      method: "GET",
      path: `/subscriptions/{subscription}/providers/${provider}/flexibleServers`,
      handler: (call) => list(call, parts),
    },
    {
      method: "GET",
      path: serverPath,
      handler: async (call) => ok(await serverBody(serverOf(call, parts.servers), parts.faults)),
    },
    { method: "PATCH", path: serverPath, handler: (call) => patch(call, parts) },
    { method: "POST", path: `${serverPath}/restart`, handler: (call) => restart(call, parts) },
    {
      method: "POST",
      path: `/subscriptions/{subscription}/providers/${provider}/checkNameAvailability`,
      handler: (call) => checkName(call, parts),
    },
    {
      method: "POST",
      path: `/subscriptions/{subscription}/providers/${provider}/locations/{location}/checkNameAvailability`,
      handler: (call) => checkName(call, parts),
    },
  ];
}

const nameShape = z.looseObject({ name: z.string(), type: z.string().optional() });

function checkName(call: Call, parts: ServerParts): Answer {
  named(call, "subscription");
  const { name, type } = bodyOf(call, nameShape);
  const taken = parts.servers.some((server) => server.options.name === name.toLowerCase());
  const valid = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name);
  const answer = {
    name,
    type: type ?? `${provider}/flexibleServers`,
    nameAvailable: valid && !taken,
  };
  if (!valid)
    return ok({ ...answer, reason: "Invalid", message: "Specified server name is invalid." });
  if (taken)
    return ok({
      ...answer,
      reason: "AlreadyExists",
      message: "Specified server name is already used.",
    });
  return ok({ ...answer, message: "" });
}
