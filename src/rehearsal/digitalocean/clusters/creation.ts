/**
 * Creating a cluster, which in the stand-in is always a fork of a backup: the
 * only way in which DigitalOcean restores anything.
 */
import { unprocessable } from "../http/api-error.ts";
import { type Call, isObject, numberField, type Route, textField } from "../http/route.ts";
import { Cluster, timestamp } from "./cluster.ts";
import { show } from "./cluster-routes.ts";
import type { Fleet } from "./fleet.ts";

/** An account's default, details/limits page. A fork needs a free place. */
const clustersOfAccount = 10;

interface Restore {
  readonly source: Cluster;
  readonly at: number;
}

function readRestore(fleet: Fleet, call: Call): Restore {
  const restore = call.body["backup_restore"];
  if (!isObject(restore)) throw unprocessable("the stand-in creates clusters from backups only");
  // By name, not by id.
  const name = textField(restore, "database_name");
  const source = fleet.clusters.find((cluster) => cluster.name === name && cluster.visible);
  if (source?.backups === undefined) throw unprocessable("backup database not found");
  const wanted = restore["backup_created_at"];
  const at =
    wanted === undefined
      ? source.backups[0]
      : source.backups.find((backup) => timestamp(backup) === wanted);
  if (at === undefined) throw unprocessable("backup not found");
  return { source, at };
}

function readSetup(fleet: Fleet, call: Call, { source }: Restore): Cluster {
  const { body } = call;
  if (textField(body, "engine") !== "pg") throw unprocessable("invalid cluster engine");
  const version = body["version"] ?? source.setup.version ?? "15";
  if (typeof version !== "string" || Number(version) < Number(source.setup.version ?? "15")) {
    throw unprocessable("invalid cluster engine version");
  }
  const sourceMib = source.setup.storageMib ?? 61_440;
  const storageMib =
    body["storage_size_mib"] === undefined ? 61_440 : numberField(body, "storage_size_mib");
  // A fork smaller than its source is refused (terraform-provider-digitalocean #1161).
  if (storageMib < sourceMib)
    throw unprocessable("storage size is smaller than that of the backup");
  const rules = Array.isArray(body["rules"])
    ? (body["rules"] as { type: string; value: string }[])
    : [];
  const setup = {
    ...source.setup,
    id: crypto.randomUUID(),
    name: textField(body, "name"),
    region: textField(body, "region"),
    size: textField(body, "size"),
    nodes: numberField(body, "num_nodes"),
    version,
    storageMib,
    rules,
  };
  return new Cluster(setup, fleet.options.now, fleet.timings);
}

export function creationRoute(fleet: Fleet): Route {
  return {
    method: "POST",
    template: "/v2/databases",
    scopes: ["database:create"],
    handle: (call) => {
      const name = textField(call.body, "name");
      if (!/^[a-z][a-z0-9-]{2,62}$/.test(name)) throw unprocessable("invalid cluster name");
      if (fleet.clusters.some((cluster) => cluster.name === name)) {
        throw unprocessable("cluster name is not available");
      }
      if (fleet.clusters.length >= clustersOfAccount) throw unprocessable("cluster limit exceeded");
      const restore = readRestore(fleet, call);
      const fork = readSetup(fleet, call, restore);
      fleet.clusters.push(fork);
      const unreachable = {
        ...fork.setup.endpoint,
        host: `${name}-do-user-0.db.ondigitalocean.invalid`,
        port: 25_060,
      };
      const making =
        fleet.options.fork?.(restore.source, fork, restore.at) ?? Promise.resolve(unreachable);
      // A fork whose server could not be made stays `creating`, as on the real service.
      void making.then(
        (endpoint) => (fork.endpoint = endpoint),
        () => undefined,
      );
      return { status: 201, body: { database: show(fleet, fork, call) } };
    },
  };
}
