/** All clusters of the account, and what handlers share: finding one by id, and the faults. */
import type { Endpoint } from "../../../core/endpoint.ts";
import type { FaultSwitch } from "../../fault-switch.ts";
import type { DigitalOceanFault } from "../faults.ts";
import { notFound } from "../http/api-error.ts";
import { type Call, nameOf } from "../http/route.ts";
import { type Clock, Cluster, type ClusterSetup, type Timings } from "./cluster.ts";

/** Makes the server of a fork; `at` in milliseconds is the backup that it is made from. */
export type MakeFork = (source: Cluster, fork: Cluster, at: number) => Promise<Endpoint>;

export interface FleetOptions {
  readonly now: Clock;
  readonly faults: FaultSwitch<DigitalOceanFault>;
  readonly timings?: Partial<Timings>;
  readonly fork?: MakeFork;
}

export class Fleet {
  readonly clusters: Cluster[];
  readonly options: FleetOptions;
  readonly timings: Timings;

  constructor(setups: readonly ClusterSetup[], options: FleetOptions) {
    this.options = options;
    this.timings = { hiddenMs: 300, creatingMs: 1500, firstBackupMs: 500, ...options.timings };
    this.clusters = setups.map((setup) => new Cluster(setup, options.now));
  }

  /** By the id in the path. Throws the API's 404. */
  of(call: Call): Cluster {
    const id = nameOf(call, "database_cluster_uuid");
    const cluster = this.clusters.find((each) => each.id === id);
    const missing = "cluster not found";
    if (cluster === undefined || !cluster.visible) throw notFound(missing);
    if (this.options.faults.take("cluster-404", call)) throw notFound(missing);
    return cluster;
  }

  /** The status that the API shows: `creating`, `online`, ... */
  status(cluster: Cluster): string {
    const { faults } = this.options;
    const stuck = cluster.setup.endpoint !== cluster.endpoint && faults.isOn("fork-stuck");
    if (!cluster.ready || stuck) return "creating";
    if (faults.isOn("cluster-unknown-status")) return "hibernating";
    return faults.isOn("cluster-not-online") ? "resizing" : "online";
  }

  remove(cluster: Cluster): void {
    this.clusters.splice(this.clusters.indexOf(cluster), 1);
  }
}
