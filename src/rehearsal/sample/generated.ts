/**
 * Loads the generated databases `api` and `insights` into a source that has
 * them empty, together with the roles of `sampleRoles`. The rows are made by
 * the server, so a hundred thousand take seconds; the same seed gives the same rows.
 */
import type pg from "pg";
import { asSuperuser, type Server } from "../postgres/index.ts";
import {
  apiExtensions,
  apiGrants,
  apiMayCreate,
  insightsExtensions,
  insightsGrants,
  insightsMayCreate,
  sampleRoles,
} from "./access.ts";
import { apiRows, apiShares } from "./api-rows.ts";
import {
  apiBehaviour,
  apiTables,
  authTables,
  billingBehaviour,
  billingTables,
} from "./api-schema.ts";
import { chanceFunctions } from "./chance.ts";
import { insightsBehaviour, insightsRows, insightsShares, insightsTables } from "./insights.ts";
import { scale } from "./scale.ts";

export interface GeneratedOptions {
  /** Over both databases, about. */
  readonly rows: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Names of the databases, which must exist and be owned by `sampleRoles.admin`. */
export const generatedDatabases = ["api", "insights"] as const;

/** A table of ten million rows takes minutes. */
const statementMs = 30 * 60_000;

type DatabaseSteps = readonly { readonly role?: string; readonly statements: readonly string[] }[];

async function carry(client: pg.Client, steps: DatabaseSteps): Promise<void> {
  for (const { role, statements } of steps) {
    await client.query(role === undefined ? "RESET ROLE" : `SET ROLE ${role}`);
    for (const statement of statements) await client.query(statement);
  }
  await client.query("RESET ROLE");
}

function apiSteps(rows: number, seed: number): DatabaseSteps {
  const { api, auth, admin } = sampleRoles;
  return [
    { statements: [...apiExtensions, ...apiMayCreate, ...chanceFunctions(seed)] },
    { role: api, statements: [apiTables, "GRANT REFERENCES ON public.workspaces TO doadmin"] },
    // The default of invoices uses the app's sequence.
    { role: admin, statements: [billingTables] },
    { role: auth, statements: [authTables] },
    { statements: ["BEGIN", ...apiRows(scale(apiShares, rows)), "COMMIT"] },
    { role: api, statements: [apiBehaviour] },
    { role: admin, statements: [billingBehaviour] },
    { statements: [...apiGrants, "ANALYZE"] },
  ];
}

function insightsSteps(rows: number, seed: number): DatabaseSteps {
  const { insights } = sampleRoles;
  return [
    { statements: [...insightsExtensions, ...insightsMayCreate, ...chanceFunctions(seed)] },
    { role: insights, statements: [insightsTables] },
    { statements: ["BEGIN", ...insightsRows(scale(insightsShares, rows)), "COMMIT"] },
    { role: insights, statements: [insightsBehaviour] },
    { statements: [...insightsGrants, "ANALYZE"] },
  ];
}

/** Throws ProviderError with the SQLSTATE. */
export async function loadGenerated(server: Server, options: GeneratedOptions): Promise<void> {
  const sum = (shares: { readonly [table: string]: number }): number =>
    Object.values(shares).reduce((total, share) => total + share, 0);
  const apiPart = sum(apiShares) / (sum(apiShares) + sum(insightsShares));
  const apiTotal = Math.round(options.rows * apiPart);
  const { signal, seed } = options;
  const load = (database: string, steps: DatabaseSteps): Promise<void> =>
    asSuperuser(server, { database, statementMs, signal }, (client) => carry(client, steps));
  await Promise.all([
    load("api", apiSteps(apiTotal, seed)),
    load("insights", insightsSteps(options.rows - apiTotal, seed)),
  ]);
}
