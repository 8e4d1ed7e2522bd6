/** The flexible server as Azure's API describes it: pure. */
import type { Migration, ServerFacts } from "../../../providers/azure/index.ts";
import { isActive } from "../../data-streaming/decide.ts";
import { anotherActive } from "../../data-streaming/findings.ts";
import type { Check } from "../check.ts";

export const serverChecks: readonly Check<ServerFacts>[] = [
  ({ name, state }) => {
    if (state === "Ready") return undefined;
    return {
      code: "target-not-ready",
      severity: state === undefined ? "unknown" : "blocks",
      message:
        state === undefined
          ? `Azure does not tell the state of the server ${name}.`
          : `The server ${name} is ${state} at Azure, not Ready: a migration into it would fail.`,
      remedy: `az postgres flexible-server show --name ${name} --resource-group GROUP --query state`,
    };
  },
  ({ name, highAvailability }) => {
    if (highAvailability === "Disabled") return undefined;
    return {
      code: "high-availability-on",
      severity: highAvailability === undefined ? "unknown" : "blocks",
      message:
        highAvailability === undefined
          ? `Azure does not tell whether high availability is on for the server ${name}; its migration service needs it off.`
          : `High availability (${highAvailability}) is on for the server ${name}; Azure's migration service needs it off until the data is there.`,
      remedy: `az postgres flexible-server update --name ${name} --resource-group GROUP --high-availability Disabled`,
    };
  },
  ({ name, passwordAuth }) =>
    passwordAuth === false
      ? {
          code: "password-login-off",
          severity: "blocks",
          message: `The server ${name} lets nobody in with a password, and Azure's migration service knows no other way.`,
          remedy: `az postgres flexible-server update --name ${name} --resource-group GROUP --password-auth Enabled`,
        }
      : undefined,
  ({ name, replicationRole }) =>
    /replica/i.test(replicationRole ?? "")
      ? {
          code: "target-is-replica",
          severity: "blocks",
          message: `The server ${name} is a read replica (${replicationRole}); nothing can be copied into it.`,
          remedy: "Name the primary server in target.azure.server.",
        }
      : undefined,
  ({ name, sku }) =>
    sku.tier === "Burstable"
      ? {
          code: "burstable-tier",
          severity: "warns",
          message: `The server ${name} is of the Burstable tier (${sku.name ?? "?"}): once its credits are spent the copy crawls, and the source keeps WAL all the while.`,
          remedy: `az postgres flexible-server update --name ${name} --resource-group GROUP --tier GeneralPurpose --sku-name Standard_D4ds_v5`,
        }
      : undefined,
];

export interface MigrationsSeen {
  readonly migrations: readonly Migration[];
  readonly run: string;
}

export const migrationChecks: readonly Check<MigrationsSeen>[] = [
  ({ migrations, run }) => {
    const other = migrations.find((each) => isActive(each) && !each.name.startsWith(`osm${run}t`));
    return other === undefined ? undefined : anotherActive(other);
  },
];
