/** The checks that look at servers, clouds and this machine, each on what it needs: pure. */
import type { StepContext } from "../../../core/step.ts";
import { judge, together, type Judged } from "../check.ts";
import type { PreflightSeen } from "../observe.ts";
import { valueOf } from "../reading.ts";
import type { PreflightSettings } from "../settings.ts";
import { migrationChecks, serverChecks } from "./azure.ts";
import { clusterChecks, firewallChecks } from "./cluster.ts";
import { planChecks } from "./plan.ts";
import { followChecks, probeChecks, roomChecks } from "./replication.ts";
import { diskChecks, storageChecks, toolsChecks } from "./room.ts";
import { lockChecks, retainedChecks } from "./retained.ts";
import { activityChecks, reachChecks, rightsChecks, sourceChecks } from "./source.ts";
import { targetChecks } from "./target.ts";
import { identityChecks, sourceVersionChecks, versionChecks } from "./versions.ts";

export function judgeServers(
  seen: PreflightSeen,
  settings: PreflightSettings,
  { run }: StepContext,
): Judged {
  const databases = seen.planned.map(({ name }) => name);
  const server = valueOf(seen.clouds.server);
  const migrations = valueOf(seen.clouds.migrations);
  return together([
    judge({ databases, mode: settings.mode }, planChecks),
    judgeSource(seen, settings),
    judgeBothEnds(seen),
    judgeCluster(seen),
    judge(server, serverChecks),
    judge(migrations && { migrations, run }, migrationChecks),
    judgeRoom(seen),
    judgeSourceRoom(seen, settings),
  ]);
}

function judgeSource(seen: PreflightSeen, { mode, longTransaction }: PreflightSettings): Judged {
  const source = valueOf(seen.source);
  if (source === undefined) return judge(undefined, sourceChecks);
  const { facts } = source;
  const roles = valueOf(source.roles);
  const activity = valueOf(source.activity);
  const slots = valueOf(source.slots);
  const online = mode === "online";
  const cluster = valueOf(seen.clouds.cluster)?.cluster.id ?? "CLUSTER_ID";
  return together([
    judge(facts, sourceVersionChecks),
    judge(facts, sourceChecks),
    judge(roles && { facts, roles }, reachChecks),
    judge(roles && { facts, roles }, rightsChecks),
    judge(activity && { activity, longTransaction }, activityChecks),
    judge(online ? facts : undefined, followChecks),
    judge(
      online && slots ? { facts, slots, cluster, databases: seen.planned.length } : undefined,
      roomChecks,
    ),
    judge(seen.probe.is === "made" ? seen.probe : undefined, probeChecks),
  ]);
}

function judgeBothEnds(seen: PreflightSeen): Judged {
  const source = valueOf(seen.source);
  const target = valueOf(seen.target);
  const sourceIdentity = valueOf(source?.identity);
  const targetIdentity = valueOf(target?.identity);
  return together([
    judge(target?.facts, targetChecks),
    judge(source && target && { source: source.facts, target: target.facts }, versionChecks),
    judge(
      sourceIdentity && targetIdentity && { source: sourceIdentity, target: targetIdentity },
      identityChecks,
    ),
  ]);
}

function judgeCluster({ clouds }: PreflightSeen): Judged {
  const known = valueOf(clouds.cluster);
  const rules = valueOf(known?.firewall);
  return together([
    judge(known?.cluster, clusterChecks),
    judge(
      known && rules && { clusterId: known.cluster.id, rules, wanted: known.wanted },
      firewallChecks,
    ),
  ]);
}

/** Without the size of every database nothing is said: a part of a sum is no sum. */
function judgeRoom(seen: PreflightSeen): Judged {
  const sizes = seen.databases.map((each) => valueOf(valueOf(each.seen)?.facts)?.bytes);
  const bytes = sizes.every((size) => size !== undefined)
    ? sizes.reduce((sum, size) => sum + size, 0)
    : undefined;
  const server = valueOf(seen.clouds.server);
  const disk = valueOf(seen.disk);
  return together([
    judge(server && bytes !== undefined ? { server, bytes } : undefined, storageChecks),
    judge(disk && bytes !== undefined ? { disk, bytes } : undefined, diskChecks),
    judge(valueOf(seen.tools), toolsChecks),
  ]);
}

/** What the copy asks of the source while it lasts. */
function judgeSourceRoom(seen: PreflightSeen, { mode }: PreflightSettings): Judged {
  const facts = valueOf(seen.source)?.facts;
  const tables = seen.databases.map(({ name, seen: read }) => {
    const known = valueOf(valueOf(read)?.tables);
    return known?.map((table) => ({ database: name, ...table }));
  });
  const all = tables.every((known) => known !== undefined) ? tables.flat() : undefined;
  const sizes = seen.databases.map((each) => valueOf(valueOf(each.seen)?.facts)?.bytes);
  const bytes = sizes.every((size) => size !== undefined)
    ? sizes.reduce((sum, size) => sum + size, 0)
    : undefined;
  const cluster = valueOf(seen.clouds.cluster)?.cluster;
  return together([
    judge(
      facts && {
        facts,
        databases: tables.map(
          (known) =>
            known?.filter(({ kind }) => kind === "table" || kind === "partitioned").length ?? 0,
        ),
        cluster: cluster?.id ?? "CLUSTER_ID",
      },
      lockChecks,
    ),
    judge(
      mode === "online" && facts && all && cluster && bytes !== undefined
        ? { facts, cluster, tables: all, bytes }
        : undefined,
      retainedChecks,
    ),
  ]);
}
