/** PostgreSQL settings of a cluster, with the bounds of the published OpenAPI. */
import { unprocessable } from "../http/api-error.ts";
import { isObject, type Route } from "../http/route.ts";
import { clusterPath } from "./cluster-routes.ts";
import type { Fleet } from "./fleet.ts";

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly initially: number;
  /** The service never lowers it again. */
  readonly onlyUp?: boolean;
  readonly also?: number;
}

const numbers: Readonly<Record<string, Bounds>> = {
  backup_hour: { from: 0, to: 23, initially: 20 },
  backup_minute: { from: 0, to: 59, initially: 40 },
  idle_in_transaction_session_timeout: { from: 0, to: 604_800_000, initially: 0 },
  max_replication_slots: { from: 8, to: 64, initially: 20 },
  max_wal_senders: { from: 20, to: 64, initially: 20, onlyUp: true },
  max_worker_processes: { from: 8, to: 96, initially: 8, onlyUp: true },
  max_logical_replication_workers: { from: 4, to: 64, initially: 4 },
  max_slot_wal_keep_size: { from: -1, to: 2_147_483_647, initially: -1 },
  max_locks_per_transaction: { from: 64, to: 6400, initially: 64, onlyUp: true },
  max_prepared_transactions: { from: 0, to: 10_000, initially: 0, onlyUp: true },
  wal_sender_timeout: { from: 5000, to: 10_800_000, initially: 60_000, also: 0 },
  work_mem: { from: 1, to: 1024, initially: 4 },
};

const words: Readonly<Record<string, readonly string[]>> = {
  track_commit_timestamp: ["off", "on"],
  synchronous_replication: ["off", "quorum"],
  default_toast_compression: ["lz4", "pglz"],
};

function initially(): Record<string, unknown> {
  const figures = Object.entries(numbers).map(([key, bounds]) => [key, bounds.initially]);
  const choices = Object.entries(words).map(([key, allowed]) => [key, allowed[0]]);
  return Object.fromEntries([...figures, ...choices]) as Record<string, unknown>;
}

/** Throws the 422 of a value that the service would not take. `wal_level` cannot be set at all. */
function check(key: string, value: unknown, now: unknown): void {
  const allowed = words[key];
  if (allowed !== undefined) {
    if (!allowed.includes(String(value))) throw unprocessable(`invalid value for ${key}`);
    return;
  }
  const bounds = numbers[key];
  if (bounds === undefined) throw unprocessable(`${key} is not a setting of this cluster`);
  if (
    typeof value !== "number" ||
    ((value < bounds.from || value > bounds.to) && value !== bounds.also)
  ) {
    throw unprocessable(`${key} must be between ${bounds.from} and ${bounds.to}`);
  }
  if (bounds.onlyUp === true && typeof now === "number" && value < now) {
    throw unprocessable(`${key} cannot be lowered`);
  }
}

export function configRoutes(fleet: Fleet): readonly Route[] {
  const template = `${clusterPath}/config`;
  return [
    {
      method: "GET",
      template,
      scopes: ["database:read"],
      handle: (call) => ({
        status: 200,
        body: { config: { ...initially(), ...fleet.of(call).config } },
      }),
    },
    {
      method: "PATCH",
      template,
      scopes: ["database:update"],
      handle: (call) => {
        const cluster = fleet.of(call);
        const wanted = call.body["config"];
        if (!isObject(wanted)) throw unprocessable("config is required");
        const now = { ...initially(), ...cluster.config };
        for (const [key, value] of Object.entries(wanted)) check(key, value, now[key]);
        cluster.config = { ...cluster.config, ...wanted };
        cluster.happened("cluster_update");
        return { status: 200 };
      },
    },
  ];
}
