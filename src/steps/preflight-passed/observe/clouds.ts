/** What DigitalOcean and Azure say of the two servers. Reads only. */
import type { StepContext } from "../../../core/step.ts";
import type { Configuration, Migration, ServerFacts } from "../../../providers/azure/index.ts";
import type { Cluster, TrustedSource } from "../../../providers/digitalocean/index.ts";
import type { World } from "../../world.ts";
import { reading, type Reading } from "../reading.ts";
import type { PreflightSettings } from "../settings.ts";

export interface CloudsSeen {
  readonly cluster: Reading<ClusterSeen>;
  readonly server: Reading<ServerFacts>;
  /** `azure.extensions`. */
  readonly extensions: Reading<Configuration | undefined>;
  readonly migrations: Reading<readonly Migration[]>;
}

export interface ClusterSeen {
  readonly cluster: Cluster;
  readonly firewall: Reading<readonly TrustedSource[]>;
  /** Of the plan, with its references filled in. */
  readonly wanted: readonly string[];
}

export async function observeClouds(
  world: World,
  { trustedSources }: PreflightSettings,
  { signal }: StepContext,
): Promise<CloudsSeen> {
  const { azure, digitalOcean, references } = world;
  const [cluster, server, extensions, migrations] = await Promise.all([
    reading("the cluster at DigitalOcean", signal, async () => {
      const seen = await digitalOcean.getCluster(references.text(world.cluster), signal);
      return {
        cluster: seen,
        firewall: await reading("the cluster's trusted sources", signal, () =>
          digitalOcean.getFirewall(seen.id, signal),
        ),
        wanted: trustedSources.map((each) => references.text(each)),
      };
    }),
    reading("the server at Azure", signal, () => azure.getServer({ signal })),
    reading("azure.extensions", signal, () =>
      azure.getConfiguration("azure.extensions", { signal }),
    ),
    reading("Azure's migrations", signal, () => azure.listMigrations({ signal })),
  ]);
  return { cluster, server, extensions, migrations };
}
