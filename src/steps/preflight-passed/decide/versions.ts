/** The two servers' versions and identities against one another: pure. */
import type { DatabaseIdentity } from "../../../providers/postgres/index.ts";
import type { Check } from "../check.ts";
import type { SourceFacts } from "../observe/source-server.ts";
import type { TargetFacts } from "../observe/target-server.ts";

/** PostgreSQL 9.5, the oldest that Azure's service takes (603400). */
const oldest = 90_500;

/** As people count: 9.6 is a major version, and since 10 the first number is. */
export function majorOf(versionNum: number): number {
  return versionNum >= 100_000
    ? Math.floor(versionNum / 10_000)
    : Math.floor(versionNum / 100) / 100;
}

export interface Ends {
  readonly source: SourceFacts;
  readonly target: TargetFacts;
}

export const sourceVersionChecks: readonly Check<SourceFacts>[] = [
  ({ version, versionNum }) =>
    versionNum >= oldest
      ? undefined
      : {
          code: "source-too-old",
          severity: "blocks",
          message: `The source runs PostgreSQL ${version}; Azure's migration service reads 9.5 and newer.`,
          remedy:
            "Upgrade the cluster first, in DigitalOcean's control panel: Settings, Upgrade version.",
        },
];

export const versionChecks: readonly Check<Ends>[] = [
  ({ source, target }) =>
    majorOf(target.versionNum) >= majorOf(source.versionNum)
      ? undefined
      : {
          code: "version-downgrade",
          severity: "blocks",
          message: `The target runs PostgreSQL ${target.version}, older than the source's ${source.version}: what the newer one wrote may not be readable by the older.`,
          remedy: `Use a flexible server of version ${Math.floor(majorOf(source.versionNum))} or newer: az postgres flexible-server create --version ${Math.floor(majorOf(source.versionNum))} ...`,
        },
];

export interface Identities {
  readonly source: DatabaseIdentity;
  readonly target: DatabaseIdentity;
}

export const identityChecks: readonly Check<Identities>[] = [
  ({ source, target }) =>
    source.systemIdentifier !== target.systemIdentifier
      ? undefined
      : {
          code: "same-server",
          severity: "blocks",
          message: `Source and target are the same server, or copies of one (system identifier ${source.systemIdentifier}): the copy would replace the only data there is.`,
          remedy: "Correct source.digitalocean.cluster or target.azure.server in the plan.",
        },
];
