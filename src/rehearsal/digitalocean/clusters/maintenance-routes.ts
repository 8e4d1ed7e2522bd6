/** The maintenance window, and an update that is installed before it. */
import { type Route, textField } from "../http/route.ts";
import { clusterPath } from "./cluster-routes.ts";
import type { Fleet } from "./fleet.ts";

export function maintenanceRoutes(fleet: Fleet): readonly Route[] {
  return [
    {
      method: "PUT",
      template: `${clusterPath}/maintenance`,
      scopes: ["database:update"],
      handle: (call) => {
        const cluster = fleet.of(call);
        const day = textField(call.body, "day");
        cluster.maintenance = { ...cluster.maintenance, day, hour: textField(call.body, "hour") };
        return { status: 204 };
      },
    },
    {
      method: "PUT",
      template: `${clusterPath}/install_update`,
      scopes: ["database:update"],
      handle: (call) => {
        const cluster = fleet.of(call);
        cluster.maintenance = { ...cluster.maintenance, pending: false };
        fleet.options.faults.off("maintenance-pending");
        cluster.happened("cluster_maintenance_perform");
        return { status: 204 };
      },
    },
  ];
}
