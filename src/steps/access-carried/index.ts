/**
 * `access-carried`: owners, grants, default privileges and database settings
 * are on the target as on the source. Azure's service carries none of them
 * from a source outside of Azure, and it drops and creates the databases, so
 * this comes after the copy.
 */
import { z } from "zod";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import { postgresErrorCode } from "../../providers/postgres/index.ts";
import { rolesThatTravel } from "../role-map.ts";
import type { World } from "../world.ts";
import { carry } from "./carry.ts";
import { readAccess } from "./facts.ts";
import { refused, refusals } from "./refused.ts";
import { accessStatements, type Statement } from "./statements.ts";

const settings = z.strictObject({});

type Settings = z.infer<typeof settings>;

interface AccessSeen {
  readonly databases: readonly {
    readonly name: string;
    readonly statements: readonly Statement[];
  }[];
}

export const accessCarried: StepKind<World, Settings, AccessSeen> = {
  kind: "access-carried",
  condition: "Owners, grants and settings of the databases are on the target as on the source.",
  details:
    "Compares owners, grants (of columns, on members of extensions and by default too) and `ALTER DATABASE ... SET` of both sides and runs what is missing on the target. Owners that do not exist there, such as the provider's own roles, become the target's admin. What the managed target refuses is shown as a warning with its statement.",
  settings,
  proof: "until-crossing",
  deadlineMs: 10 * 60_000,
  after: [
    {
      kind: "data-streaming",
      because: "the service drops and creates the databases when it copies",
    },
  ],
  before: [
    {
      kind: "data-equal",
      because: "owners, grants and settings are compared too, and until then they differ",
    },
  ],
  undoneOnStop: false,
  actions: {
    "carry-access": {
      touches: "target",
      does: "Carries owners, grants and settings to one database.",
    },
  },
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
  const databases = world.databases.map(async ({ name }) => ({
    name,
    statements: await statementsFor(world, name, signal),
  }));
  return { databases: await Promise.all(databases) };
}

async function statementsFor(
  world: World,
  database: string,
  signal: AbortSignal,
): Promise<readonly Statement[]> {
  const { source, target } = world;
  const [from, to, roles] = await Promise.all([
    source.use(database, { signal }, readAccess),
    target.use(database, { signal }, readAccess),
    rolesThatTravel(world, database, signal),
  ]);
  return accessStatements({
    source: from,
    target: to,
    roles,
    targetAdmin: target.admin,
    database,
  });
}

function decide(seen: AccessSeen, context: StepContext): Verdict {
  const databases = seen.databases.map((each) => ({
    ...each,
    told: refusals(context.notes, each.name),
  }));
  const open = databases
    .map(({ name, statements, told }) => ({
      name,
      statements: statements.map(({ shown }) => shown).filter((shown) => !told.has(shown)),
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
  const left = databases.flatMap(({ name, statements, told }) =>
    statements.map(({ shown }) => `${name}: ${shown} -- ${told.get(shown) ?? ""}`),
  );
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
              objects: left,
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
  const { signal } = context;
  const { name } = action.data as { readonly name: string };
  // Asked again: what stands in the action is for people, and holds no setting's value.
  const known = refusals(context.notes, name);
  const statements = (await statementsFor(world, name, signal)).filter(
    ({ shown }) => !known.has(shown),
  );
  const noted = new Set<string>();
  const note = async ({ shown, settles }: Statement, reason: string): Promise<void> => {
    noted.add(shown);
    const difference = `${name}: ${settles}`;
    await context.note(refused, { statement: shown, reason, database: name, difference });
  };
  await world.target.use(name, { signal, write: true }, async (client) => {
    await carry(statements, {
      run: (sql) => client.query(sql),
      refused: async (statement, error) => {
        const code = postgresErrorCode(error);
        if (code === undefined || !refusedForGood.has(code)) throw error;
        const said = error instanceof Error ? error.message : String(error);
        await note(statement, statement.shown === statement.sql ? said : code);
      },
    });
  });
  const quiet = statements.filter(({ shown, mayDoNothing }) => mayDoNothing && !noted.has(shown));
  if (quiet.length === 0) return;
  const left = new Set((await statementsFor(world, name, signal)).map(({ shown }) => shown));
  for (const statement of quiet.filter(({ shown }) => left.has(shown))) {
    // oxlint-disable-next-line no-await-in-loop -- notes have an order
    await note(statement, "the server took it and changed nothing");
  }
}

/** Privilege, unknown object, function, relation, schema or parameter, fixed parameter, invalid grant, invalid value. */
const refusedForGood = new Set([
  "42501",
  "42704",
  "42883",
  "42P01",
  "3F000",
  "55P02",
  "0LP01",
  "22023",
]);
