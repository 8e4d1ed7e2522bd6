/**
 * On-demand backups, as records only: nothing is copied. A name that exists
 * already answers 500 InternalServerError, as documented, which the SDK
 * repeats three times.
 */
import { ArmError, resourceNotFound } from "../arm/arm-error.ts";
import { type Answer, type Call, named, ok } from "../arm/call.ts";
import type { Route } from "../arm/router.ts";
import { timestamp } from "../arm/timestamp.ts";
import type { FlexibleServer } from "./flexible-server.ts";
import { provider, serverOf, serverPath } from "./server-paths.ts";
import type { ServerParts } from "./servers.ts";

interface Backup {
  readonly name: string;
  /** Undefined while it runs. */
  completedTime: string | undefined;
}

function backupBody(server: FlexibleServer, { name, completedTime }: Backup): unknown {
  return {
    properties: {
      backupType: "Customer On-Demand",
      source: "Customer Initiated",
      ...(completedTime === undefined ? {} : { completedTime }),
    },
    id: `${server.id}/backups/${name}`,
    name,
    type: `${provider}/flexibleServers/backups`,
  };
}

export function backupRoutes(parts: ServerParts): readonly Route[] {
  const backups = new Map<FlexibleServer, Map<string, Backup>>();
  const backupsOf = (server: FlexibleServer): Map<string, Backup> => {
    const found = backups.get(server) ?? new Map<string, Backup>();
    backups.set(server, found);
    return found;
  };

  const create = (call: Call): Answer => {
    const server = serverOf(call, parts.servers);
    const name = named(call, "backup");
    const known = backupsOf(server);
    const running = [...known.values()].some(({ completedTime }) => completedTime === undefined);
    if (known.has(name) || running) {
      throw new ArmError(
        500,
        "InternalServerError",
        "An unexpected error occured while processing the request. Tracking ID: '00000000-0000-0000-0000-000000000000'",
      );
    }
    const backup: Backup = { name, completedTime: undefined };
    known.set(name, backup);
    return parts.operations.start(call, server.options.locationName, async () => {
      backup.completedTime = timestamp(new Date());
      return backupBody(server, backup);
    });
  };

  const get = (call: Call): Answer => {
    const server = serverOf(call, parts.servers);
    const name = named(call, "backup");
    const backup = backupsOf(server).get(name);
    if (backup === undefined) {
      throw resourceNotFound(
        `${provider}/flexibleServers/${server.options.name}/backups/${name}`,
        server.options.resourceGroup,
      );
    }
    return ok(backupBody(server, backup));
  };

  const remove = (call: Call): Answer => {
    const server = serverOf(call, parts.servers);
    const known = backupsOf(server).delete(named(call, "backup"));
    return known
      ? parts.operations.start(call, server.options.locationName, async () => undefined)
      : { status: 204 };
  };

  const path = `${serverPath}/backups`;
  return [
    {
      method: "GET",
      path,
      handler: (call) => {
        const server = serverOf(call, parts.servers);
        return ok({
          value: [...backupsOf(server).values()].map((backup) => backupBody(server, backup)),
        });
      },
    },
    { method: "GET", path: `${path}/{backup}`, handler: get },
    { method: "PUT", path: `${path}/{backup}`, handler: create },
    { method: "DELETE", path: `${path}/{backup}`, handler: remove },
  ];
}
