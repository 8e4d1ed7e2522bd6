/**
 * The only wiring: from a plan and its references to the world that its steps
 * may touch. The only reader of the environment.
 */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { KnownPlace } from "./core/journal/entry.ts";
import type { Plan } from "./core/plan/plan.ts";
import { parsePlan } from "./core/plan/parse.ts";
import { UsageError } from "./core/errors.ts";
import { bind, type Step } from "./core/step.ts";
import type { Clock } from "./engine/index.ts";
import { apiToken } from "./migration/api-token.ts";
import { sourceServer, targetServer } from "./migration/database-server.ts";
import { resolveReferences, type OutsideWorld } from "./migration/references.ts";
import { readSmallFile, whyUnreadable } from "./migration/small-file.ts";
import { createAzureServer } from "./providers/azure/index.ts";
import { createAzureDns } from "./providers/azure-dns/index.ts";
import { openDigitalOcean } from "./providers/digitalocean/index.ts";
import { openJournalStore } from "./providers/journal-file/index.ts";
import { createPostgresTools } from "./providers/postgres-tools/index.ts";
import { HeldComparisons } from "./steps/held-comparisons.ts";
import { kindNamed, kinds } from "./steps/index.ts";
import type { ResolvedReferences, World } from "./steps/world.ts";

export interface LoadedPlan {
  readonly plan: Plan;
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** What a command may be given instead of this process's own environment. */
export interface Surroundings {
  readonly environment: { readonly [name: string]: string | undefined };
}

export const ownSurroundings: Surroundings = { environment: process.env };

/** The folder of this package, in the checkout and when installed. */
export const packageFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** PATH first; then where the checkout's own setup builds it. */
export function pulumiFolders(surroundings: Surroundings): readonly string[] {
  const search = (surroundings.environment["PATH"] ?? "").split(path.delimiter);
  return [...search.filter((folder) => folder !== ""), path.join(packageFolder, ".tools", "bin")];
}

export async function loadPlan(file: string): Promise<LoadedPlan> {
  const absolute = path.resolve(file);
  let text: string;
  try {
    text = await readSmallFile(absolute);
  } catch (error) {
    throw new UsageError({
      message: `The plan ${JSON.stringify(file)} ${whyUnreadable(error)}.`,
      meaning: "Nothing was looked at or changed.",
      remedy: "Name a plan file: opensauced-migrate --plan FILE",
    });
  }
  return { plan: parsePlan(text, file, kinds), file: absolute, text };
}

export interface Composed {
  readonly world: World;
  readonly steps: readonly Step[];
  close(): Promise<void>;
}

/**
 * Milliseconds. A run is patient with an API that does not answer; a preview
 * of two dozen steps would be at it for an hour, and has nothing to lose.
 */
const hurry = { deadlineMs: 20_000, unansweredMs: 1000 };

/** `runFolder` is where a run keeps what it makes: snapshots, pre-images. */
export async function composeWorld(
  loaded: LoadedPlan,
  runFolder: string,
  surroundings: Surroundings = ownSurroundings,
  {
    hurried = false,
    known,
  }: { readonly hurried?: boolean; readonly known?: KnownPlace | undefined } = {},
): Promise<Composed> {
  const { plan } = loaded;
  const references = await resolveReferences(
    { ...loaded, document: plan.document },
    outsideOf(surroundings),
  );
  const token = (reference: string, place: string) =>
    apiToken(references.secret(reference), place, reference);
  const { azure: azureEnd } = plan.target;
  const { digitalocean: digitalOceanEnd } = plan.source;
  const azureApi = {
    ...addressOf(azureEnd, references),
    credential:
      azureEnd.token === undefined
        ? ("default" as const)
        : { token: token(azureEnd.token, "target.azure.token") },
    subscriptionId: references.text(azureEnd.subscription),
  };
  const azure = createAzureServer({
    ...azureApi,
    resourceGroup: references.text(azureEnd.resourceGroup),
    secrets: references.secrets,
    server: references.text(azureEnd.server),
  });
  const digitalOcean = openDigitalOcean({
    ...addressOf(digitalOceanEnd, references),
    token: token(digitalOceanEnd.token, "source.digitalocean.token"),
    ...(hurried ? hurry : {}),
  });
  const source = sourceServer(plan, references, digitalOcean, known);
  const target = targetServer(plan, references, azure);
  const searchPath = surroundings.environment["PATH"] ?? "";
  const world: World = {
    databases: plan.databases,
    roles: plan.roles,
    references,
    places: { plan: path.dirname(loaded.file), run: path.resolve(runFolder) },
    source,
    target,
    digitalOcean,
    cluster: digitalOceanEnd.cluster,
    azure,
    azureDns: (subscription) =>
      createAzureDns({ ...azureApi, subscriptionId: subscription ?? azureApi.subscriptionId }),
    postgresTools: createPostgresTools({ path: searchPath }),
    pulumiFolders: pulumiFolders(surroundings),
    environment: definedOnly(surroundings.environment),
    ...settingsIn(plan),
    held: new HeldComparisons(),
    wait,
  };
  const close = async (): Promise<void> => {
    await Promise.all([
      world.held.letGoOfAll(),
      source.close(),
      target.close(),
      digitalOcean.close(),
    ]);
  };
  return { world, steps: stepsOf(plan, world), close };
}

/** Where references lead. */
export function outsideOf({ environment }: Surroundings): OutsideWorld {
  return { variable: (name) => environment[name], readFile: readSmallFile };
}

function stepsOf(plan: Plan, world: World): readonly Step[] {
  return plan.steps.map(({ id, kind, deadlineMs, settings }) =>
    bind(kindNamed(kind), { id, deadlineMs, settings }, world),
  );
}

function settingsIn({ steps }: Plan): Pick<World, "settingsOf" | "settingsOfKind"> {
  return {
    settingsOf: (id) => steps.find((step) => step.id === id)?.settings,
    settingsOfKind: (kind) =>
      steps.filter((step) => step.kind === kind).map((step) => step.settings),
  };
}

/** Where an API answers, when the plan says so. */
function addressOf(
  end: { readonly endpoint?: string | undefined; readonly ca?: string | undefined },
  { text }: ResolvedReferences,
): { readonly endpoint?: string; readonly ca?: string } {
  const { endpoint, ca } = end;
  return {
    ...(endpoint === undefined ? {} : { endpoint: text(endpoint) }),
    ...(ca === undefined ? {} : { ca: text(ca) }),
  };
}

function definedOnly(environment: Surroundings["environment"]): { [name: string]: string } {
  const entries = Object.entries(environment);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Ends early, without an error, when the signal aborts. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

export const clock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  sleep: wait,
};

export { openJournalStore };
