/** The checks before a migration, on real servers behind both clouds' stand-ins and the real providers. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { composeWorld, loadPlan } from "../../src/compose.ts";
import type { Finding } from "../../src/core/finding.ts";
import { Secret } from "../../src/core/secret.ts";
import type { StepContext } from "../../src/core/step.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { type Azure, createAzure } from "../../src/rehearsal/azure/index.ts";
import {
  createDigitalOcean,
  type DigitalOceanStandIn,
} from "../../src/rehearsal/digitalocean/index.ts";
import { allowExtensions } from "../../src/rehearsal/postgres/index.ts";
import { preflightPassed } from "../../src/steps/preflight-passed/index.ts";
import { settings, type PreflightSettings } from "../../src/steps/preflight-passed/settings.ts";
import type { World } from "../../src/steps/world.ts";
import { type Pair, roles } from "./postgres.ts";

export interface Preflight {
  readonly world: World;
  readonly azure: Azure;
  readonly digitalOcean: DigitalOceanStandIn;
  /** Looks as a run would. A changed world stands in for the composed one. */
  look(
    given?: Partial<PreflightSettings>,
    context?: Partial<StepContext>,
    world?: World,
  ): Promise<Verdict>;
  close(): Promise<void>;
}

export interface PlannedDatabase {
  readonly name: string;
  readonly roles: readonly string[];
}

export function contextOf(over: Partial<StepContext> = {}): StepContext {
  return {
    run: "t1",
    step: "preflight-passed",
    notes: [],
    approval: undefined,
    stops: [],
    preview: false,
    now: new Date(),
    signal: AbortSignal.timeout(60_000),
    remember: () => Promise.resolve(),
    report: () => undefined,
    ...over,
  };
}

/** What is wrong, by code. Warnings of a satisfied verdict too. */
export function findingsOf(verdict: Verdict): readonly Finding[] {
  if (verdict.is === "blocked") return verdict.findings;
  return verdict.is === "satisfied" ? (verdict.warnings ?? []) : [];
}

export function codesOf(verdict: Verdict): readonly string[] {
  return findingsOf(verdict)
    .map(({ severity, code }) => `${severity} ${code}`)
    .toSorted();
}

const token = new Secret("stand-in-token");

async function standIns(pair: Pair) {
  const { source, target, authority } = pair;
  const tls = await authority.issue({ names: ["localhost"], addresses: ["127.0.0.1"] });
  const [digitalOcean, azure] = await Promise.all([
    createDigitalOcean({
      tls,
      tokens: [{ token }],
      clusters: [
        {
          name: "source",
          endpoint: source.endpoint({ ...roles.doadmin, database: "defaultdb" }),
          ca: authority.ca,
          rules: [
            { type: "ip_addr", value: "127.0.0.1" },
            { type: "ip_addr", value: "198.51.100.0/24" },
          ],
        },
      ],
    }),
    createAzure({
      tls,
      token,
      servers: [
        {
          subscriptionId: "11111111-2222-4333-8444-555555555555",
          resourceGroup: "rg",
          name: "target",
          location: "canadacentral",
          locationName: "Canada Central",
          fullyQualifiedDomainName: "127.0.0.1",
          administratorLogin: roles.azureAdmin.user,
          postgres: {
            host: target.host,
            port: target.port,
            superuser: "azuresu",
            password: new Secret("azuresu-secret"),
            tls: true,
          },
          restart: () => target.restart(),
          allowExtensions: (names) => allowExtensions(target, names),
        },
      ],
    }),
  ]);
  return { digitalOcean, azure };
}

function planText(
  pair: Pair,
  databases: readonly PlannedDatabase[],
  endpoints: { readonly digitalOcean: string; readonly azure: string },
  steps: readonly object[],
): string {
  const ca = "${env:CA}";
  const app = [roles.apiApp, roles.authApp, roles.insightsApp];
  return stringify({
    version: 1,
    name: "preflight",
    source: {
      digitalocean: {
        token: "${env:TOKEN}",
        cluster: "source",
        password: "${env:DOADMIN}",
        endpoint: endpoints.digitalOcean,
        ca,
      },
    },
    target: {
      azure: {
        subscription: "11111111-2222-4333-8444-555555555555",
        resourceGroup: "rg",
        server: "target",
        user: roles.azureAdmin.user,
        password: "${env:AZUREADMIN}",
        port: String(pair.target.port),
        databaseCa: ca,
        token: "${env:TOKEN}",
        endpoint: endpoints.azure,
        ca,
      },
    },
    roles: app.map(({ user }) => ({ name: user, password: `\${env:${user}}` })),
    databases,
    steps: [{ id: "preflight-passed", kind: "preflight-passed" }, ...steps],
  });
}

export async function startPreflight(
  pair: Pair,
  databases: readonly PlannedDatabase[],
  /** Instead of the right ones. */
  environment: { readonly [name: string]: string } = {},
  /** Of the plan, after the checks. */
  steps: readonly object[] = [],
): Promise<Preflight> {
  const { digitalOcean, azure } = await standIns(pair);
  const folder = path.join(pair.folder, crypto.randomUUID());
  await mkdir(folder);
  const file = path.join(folder, "plan.yaml");
  const endpoints = { digitalOcean: digitalOcean.endpoint, azure: azure.endpoint };
  await writeFile(file, planText(pair, databases, endpoints, steps));
  const passwords = Object.values(roles).map(({ user, password }) => [user, password.reveal()]);
  const composed = await composeWorld(await loadPlan(file), path.join(folder, "run"), {
    environment: {
      PATH: process.env["PATH"],
      CA: pair.authority.ca,
      TOKEN: token.reveal(),
      DOADMIN: roles.doadmin.password.reveal(),
      AZUREADMIN: roles.azureAdmin.password.reveal(),
      ...Object.fromEntries(passwords),
      ...environment,
    },
  });
  return {
    world: composed.world,
    azure,
    digitalOcean,
    look: async (given = {}, over = {}, world = composed.world) => {
      // pg_dump is this machine's, and has a test of its own.
      const chosen = { ...settings.parse({ snapshot: false }), ...given };
      const context = contextOf(over);
      const seen = await preflightPassed.observe(world, chosen, context);
      return preflightPassed.decide(seen, chosen, context);
    },
    close: async () => {
      await Promise.all([composed.close(), digitalOcean.close(), azure.close()]);
    },
  };
}
