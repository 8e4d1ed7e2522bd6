/** The flexible server as Azure's API describes it: pure. */
import type { Migration, ServerFacts } from "../../../providers/azure/index.ts";
import { isActive, isOfRun } from "../../data-streaming/leftover.ts";
import { anotherActive } from "../../data-streaming/findings.ts";
import type { Check } from "../check.ts";

/** The command for that server, up to the options; a resource's id holds its group. */
export function flexibleServer(verb: string, { id, name }: ServerFacts): string {
  const group = /\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? "GROUP";
  return `az postgres flexible-server ${verb} --name ${name} --resource-group ${group}`;
}

export const serverChecks: readonly Check<ServerFacts>[] = [
  (server) => {
    const { name, state } = server;
    if (state === "Ready") return undefined;
    return {
      code: "target-not-ready",
      severity: state === undefined ? "unknown" : "blocks",
      message:
        state === undefined
          ? `Azure does not tell the state of the server ${name}.`
          : `The server ${name} is ${state} at Azure, not Ready: a migration into it would fail.`,
      remedy:
        state === "Stopped"
          ? flexibleServer("start", server)
          : `${flexibleServer("show", server)} --query state`,
    };
  },
  (server) => {
    const { name, highAvailability } = server;
    if (highAvailability === "Disabled") return undefined;
    return {
      code: "high-availability-on",
      severity: highAvailability === undefined ? "unknown" : "blocks",
      message:
        highAvailability === undefined
          ? `Azure does not tell whether high availability is on for the server ${name}; its migration service needs it off.`
          : `High availability (${highAvailability}) is on for the server ${name}; Azure's migration service needs it off until the data is there.`,
      remedy: `${flexibleServer("update", server)} --high-availability Disabled`,
    };
  },
  (server) =>
    server.passwordAuth === false
      ? {
          code: "password-login-off",
          severity: "blocks",
          message: `The server ${server.name} lets nobody in with a password, and Azure's migration service knows no other way.`,
          remedy: `${flexibleServer("update", server)} --password-auth Enabled`,
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
  (server) =>
    server.sku.tier === "Burstable"
      ? {
          code: "burstable-tier",
          severity: "warns",
          message: `The server ${server.name} is of the Burstable tier (${server.sku.name ?? "?"}): once its credits are spent the copy crawls, and the source keeps WAL all the while.`,
          remedy: `${flexibleServer("update", server)} --tier GeneralPurpose --sku-name Standard_D4ds_v5`,
        }
      : undefined,
];

export interface MigrationsSeen {
  readonly migrations: readonly Migration[];
  readonly run: string;
}

export const migrationChecks: readonly Check<MigrationsSeen>[] = [
  ({ migrations, run }) => {
    const other = migrations.find((each) => isActive(each) && !isOfRun(each, run));
    return other === undefined ? undefined : anotherActive(other);
  },
];
