/**
 * `source-prepared`: the little that this tool may change on the source so
 * that Azure can follow it. Only what the plan names, each with its pre-image
 * noted first; never a row, and never a lock that applications wait behind.
 */
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import type { World } from "../world.ts";
import { makeFull, putBack } from "./change.ts";
import { decidePrepared, decidePutBack, type PreparedSeen } from "./decide.ts";
import { identityBefore, notedTables, readPrepared } from "./identity.ts";
import { settings, type SourcePreparedSettings } from "./settings.ts";

export const sourcePrepared: StepKind<World, SourcePreparedSettings, PreparedSeen> = {
  kind: "source-prepared",
  condition: "The source's tables are such that their changes can be followed.",
  details:
    "Gives the tables that the plan names REPLICA IDENTITY FULL, so that Azure replays their updates and deletes as well as their inserts. `preflight-passed` then takes them for followed. Waits for a moment in which a table is not in use, for a fraction of a second at a time, and never makes applications queue. The copy takes the identity over to the target. Undo gives every table back the identity that it had.",
  settings,
  example: { replicaIdentityFull: ["api.public.maintainers"] },
  proof: "until-crossing",
  deadlineMs: 10 * 60_000,
  after: [
    {
      kind: "preflight-passed",
      because: "nothing is changed on the source for a migration that cannot go",
    },
  ],
  before: [
    {
      kind: "data-streaming",
      because: "changes made before a table had its identity cannot be followed",
    },
  ],
  undoneOnStop: false,
  actions: {
    "replica-identity-full": {
      touches: "source",
      does: "Has one table followed by the whole row (REPLICA IDENTITY FULL).",
    },
  },
  intends: ({ replicaIdentityFull }) =>
    `have ${replicaIdentityFull.length} table${replicaIdentityFull.length === 1 ? "" : "s"} of the source followed by the whole row`,
  observe: (world, { replicaIdentityFull }, context) =>
    observe(world, replicaIdentityFull, context),
  decide: (seen, given) => decidePrepared(seen, given),
  apply,
  undo: {
    actions: {
      "replica-identity-back": {
        touches: "source",
        does: "Gives one table the replica identity from before this run.",
      },
    },
    observe: (world, _settings, context) => observe(world, notedTables(context.notes), context),
    decide: (seen, _settings, context) => decidePutBack(seen, context),
  },
};

/** A database is asked only about tables that may be its own. */
async function observe(
  { source, databases }: World,
  names: readonly string[],
  { signal }: StepContext,
): Promise<PreparedSeen> {
  const asked = databases.map(async ({ name: database }) => {
    const own = names.filter((name) => name.startsWith(`${database}.`));
    if (own.length === 0) return [];
    return source.use(database, { signal }, (client) => readPrepared(client, own));
  });
  return { admin: source.admin, tables: (await Promise.all(asked)).flat() };
}

async function apply(
  action: Action,
  { source, databases }: World,
  _settings: SourcePreparedSettings,
  context: ActionContext,
): Promise<void> {
  const { table } = action.data as { readonly table: string };
  // With databases `a` and `a.b` a name may be of either; only one of the two has the table.
  const places = databases.filter(({ name }) => table.startsWith(`${name}.`));
  const { signal, notes } = context;
  for (const { name } of places) {
    // oxlint-disable-next-line no-await-in-loop -- mostly one
    await source.use(name, { signal, write: true }, async (client) => {
      if (action.id === `replica-identity-full ${table}`) {
        await makeFull(client, table, context);
      } else {
        const before = identityBefore(notes, table);
        if (before !== undefined) await putBack(client, table, before.identity);
      }
    });
  }
}
