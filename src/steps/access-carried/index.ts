/**
 * `access-carried`: owners, grants, default privileges and database settings
 * are on the target as on the source. Azure's service carries none of them
 * from a source outside of Azure, and it drops and creates the databases, so
 * this comes after the copy.
 */
import { z } from "zod";
import { quoteIdentifier } from "../../core/identifier.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import { postgresErrorCode } from "../../providers/postgres/index.ts";
import { factsNamed } from "../facts.ts";
import type { World } from "../world.ts";
import { readAccess } from "./facts.ts";
import { accessStatements } from "./statements.ts";

const settings = z.strictObject({});

type Settings = z.infer<typeof settings>;

interface AccessSeen {
  readonly databases: readonly { readonly name: string; readonly statements: readonly string[] }[];
}

/** Noted for each statement that the target refused: it is a managed server. */
const refused = "access-refused";

export const accessCarried: StepKind<World, Settings, AccessSeen> = {
  kind: "access-carried",
  condition: "Owners, grants and settings of the databases are on the target as on the source.",
  details:
    "Compares owners, grants (columns and default privileges too) and `ALTER DATABASE ... SET` of both sides and runs what is missing on the target. Owners that do not exist there, such as the provider's own roles, become the target's admin. What the managed target refuses is shown as a warning with its statement.",
  settings,
  proof: "until-crossing",
  deadlineMs: 10 * 60_000,
  after: [
    {
      kind: "data-streaming",
      because: "the service drops and creates the databases when it copies",
    },
  ],
  undoneOnStop: false,
  intends: () => "carry owners, grants and database settings to the target",
  observe,
  decide: (seen, _settings, context) => decide(seen, context),
  apply,
};

async function observe(
  world: World,
  _settings: Settings,
  { signal }: StepContext,
): Promise<AccessSeen> {
  const { source, target } = world;
  const databases = world.databases.map(async ({ name }) => {
    const [from, to, roles] = await Promise.all([
      source.use(name, { signal }, readAccess),
      target.use(name, { signal }, readAccess),
      commonRoles(world, name, signal),
    ]);
    const carrying = { source: from, target: to, roles, targetAdmin: target.admin };
    const statements = accessStatements(carrying).map((statement) =>
      statement.replace("%database%", quoteIdentifier(name)),
    );
    return { name, statements };
  });
  return { databases: await Promise.all(databases) };
}

/** Roles on both sides, without the admins and PostgreSQL's own. */
async function commonRoles(
  world: World,
  database: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const [from, to] = await Promise.all(
    [world.source, world.target].map((server) =>
      server.use(database, { signal }, async (client) => {
        const { rows } = await client.query<{ rolname: string }>(
          "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' AND NOT rolsuper",
        );
        return rows.map((row) => row.rolname);
      }),
    ),
  );
  const there = new Set(to);
  const admins = [world.source.admin, world.target.admin];
  return new Set((from ?? []).filter((role) => there.has(role) && !admins.includes(role)));
}

function decide(seen: AccessSeen, context: StepContext): Verdict {
  const told = new Map(
    factsNamed(context.notes, refused).map((value) => {
      const { statement, reason } = value as {
        readonly statement: string;
        readonly reason: string;
      };
      return [statement, reason];
    }),
  );
  const open = seen.databases
    .map(({ name, statements }) => ({
      name,
      statements: statements.filter((statement) => !told.has(statement)),
    }))
    .filter(({ statements }) => statements.length > 0);
  const [first, ...rest] = open.map(({ name, statements }): Action => ({
    id: `carry-access ${name}`,
    summary: `Carry ${statements.length} owners, grants and settings to ${name} on the target`,
    touches: "target",
    data: { name, statements },
  }));
  if (first !== undefined) {
    return { is: "unmet", because: "access differs between the sides", actions: [first, ...rest] };
  }
  const left = seen.databases.flatMap(({ statements }) => statements);
  return {
    is: "satisfied",
    because: "owners, grants and settings are the same on both sides",
    warnings:
      left.length === 0
        ? []
        : [
            {
              code: "access-refused",
              severity: "warns",
              message:
                "The target, a managed server, refused statements that the source's access asks for.",
              objects: left.map((statement) => `${statement} -- ${told.get(statement) ?? ""}`),
              remedy: "Decide for each whether the applications need it.",
            },
          ],
  };
}

async function apply(
  action: Action,
  world: World,
  _settings: Settings,
  context: ActionContext,
): Promise<void> {
  const { name, statements } = action.data as {
    readonly name: string;
    readonly statements: readonly string[];
  };
  await world.target.use(name, { signal: context.signal, write: true }, async (client) => {
    for (const statement of statements) {
      try {
        await client.query(statement);
      } catch (error) {
        const code = postgresErrorCode(error);
        // Refused for good: privilege, an unknown or fixed parameter, a role that may not own it.
        if (code === undefined || !["42501", "42704", "55P02", "0LP01", "22023"].includes(code)) {
          throw error;
        }
        const reason = error instanceof Error ? error.message : String(error);
        await context.note(refused, { statement, reason });
      }
    }
  });
}
