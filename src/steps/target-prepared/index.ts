/**
 * `target-prepared`: the target has what the service does not bring along.
 * Only adds what is missing, and notes what was there before.
 */
import type { ActionContext, Note, StepContext, StepKind } from "../../core/step.ts";
import { quoteIdentifier } from "../../core/identifier.ts";
import type { Json } from "../../core/json.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import { readDatabasesThere } from "../../providers/postgres/index.ts";
import { factsNamed } from "../facts.ts";
import { roleNamed, type World } from "../world.ts";
import { decidePrepared } from "./decide.ts";
import type { FirewallRule } from "../../providers/azure/index.ts";
import { observePrepared, type PreparedSeen } from "./observe.ts";
import { adminMembership, createRoleStatement, membershipStatements } from "./roles.ts";
import { settings, type PrepareSettings } from "./settings.ts";

/** Noted before each change: what was there. */
const changed = "target-changed";

export const targetPrepared: StepKind<World, PrepareSettings, PreparedSeen> = {
  kind: "target-prepared",
  condition: "The target has the extensions, parameters, firewall rules, roles and databases.",
  details:
    "Allows the source's extensions (and loads the libraries that they need at start, which restarts the target), sets the plan's server parameters and firewall rules, and creates the roles and databases that Azure's service does not bring. Passwords are sent as SCRAM verifiers only. What was there before is noted; undo takes back what this run added.",
  settings,
  example: {
    parameters: { max_connections: "200" },
    firewall: [{ name: "operator", first: "203.0.113.7" }],
  },
  proof: "until-crossing",
  deadlineMs: 30 * 60_000,
  after: [
    {
      kind: "preflight-passed",
      because: "the target is not changed for a migration that cannot go",
    },
  ],
  undoneOnStop: false,
  actions: {
    "set-parameter": {
      touches: "Azure",
      does: "Sets a server parameter, also to allow extensions and to load their libraries.",
    },
    "restart-target": {
      touches: "Azure",
      does: "Restarts the target, where a parameter needs it.",
    },
    "set-firewall-rule": {
      touches: "Azure",
      does: "Admits addresses to the target.",
    },
    "create-role": {
      touches: "target",
      does: "Creates a role with its memberships, or adds to those that it has.",
    },
    "create-database": {
      touches: "Azure",
      does: "Creates an empty database with the encoding and collation of the source.",
    },
  },
  intends: () => "allow extensions, set parameters and firewall rules, create roles and databases",
  observe: observePrepared,
  decide: decidePrepared,
  apply,
  undo: {
    actions: {
      "reset-parameter": {
        touches: "Azure",
        does: "Sets a parameter back to what it was.",
      },
      "delete-firewall-rule": {
        touches: "Azure",
        does: "Deletes a firewall rule that this run added.",
      },
      "restore-firewall-rule": {
        touches: "Azure",
        does: "Sets a firewall rule back to what it was.",
      },
      "drop-database": {
        touches: "target",
        does: "Drops a database that this run created.",
      },
      "drop-role": {
        touches: "target",
        does: "Drops a role that this run created.",
      },
    },

    observe: observePrepared,
    decide: (seen, _settings, context) => decideUndone(seen, context),
  },
};

interface Change {
  readonly action: string;
  readonly name: string;
  readonly before: Json;
}

async function apply(
  action: Action,
  world: World,
  prepare: PrepareSettings,
  context: ActionContext,
): Promise<void> {
  const { signal } = context;
  const [verb, name] = split(action.id);
  const data = (action.data ?? {}) as { readonly [field: string]: string } & {
    readonly before?: Json;
    readonly create?: boolean;
    readonly admit?: boolean;
  };
  if (
    verb in { "set-parameter": 1, "set-firewall-rule": 1, "create-role": 1, "create-database": 1 }
  ) {
    await noteOnce(context, { action: verb, name, before: data.before ?? null });
  }
  switch (verb) {
    case "set-parameter":
    case "reset-parameter":
      await world.azure.putConfiguration(name, data["value"] ?? "", { signal });
      return;
    case "restart-target":
      return world.azure.restartServer({ signal });
    case "set-firewall-rule":
    case "restore-firewall-rule":
      return world.azure.putFirewallRule(
        { name, first: data["first"] ?? "", last: data["last"] ?? "" },
        { signal },
      );
    case "create-role":
      return createRole(world, prepare, name, data, context);
    case "create-database":
      await dropInvalid(world, name, signal);
      return world.azure.createDatabase(
        { name, charset: data["encoding"] ?? "UTF8", collation: data["collation"] ?? "en_US.utf8" },
        { signal },
      );
    case "delete-firewall-rule":
      return world.azure.deleteFirewallRule(name, { signal });
    case "drop-database":
      return maintain(world, signal, [
        `DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`,
      ]);
    case "drop-role":
      return maintain(world, signal, [`DROP ROLE IF EXISTS ${quoteIdentifier(name)}`]);
    default:
      throw new Error(`target-prepared has no action ${action.id}.`);
  }
}

/** Nobody can have put anything in it since the look: an invalid database never becomes whole. */
async function dropInvalid(world: World, name: string, signal: AbortSignal): Promise<void> {
  const { target } = world;
  const { invalid } = await target.use(target.maintenanceDatabase, { signal }, (client) =>
    readDatabasesThere(client, [name]),
  );
  if (invalid.includes(name))
    await maintain(world, signal, [`DROP DATABASE ${quoteIdentifier(name)}`]);
}

/** A pre-image is what was there before the run's first change, not before its second. */
async function noteOnce(context: ActionContext, change: Change): Promise<void> {
  const known = changesOf(context.notes).some(
    ({ action, name }) => action === change.action && name === change.name,
  );
  if (!known) await context.note(changed, { ...change });
}

function changesOf(notes: readonly Note[]): readonly Change[] {
  return factsNamed(notes, changed) as unknown as readonly Change[];
}

async function createRole(
  world: World,
  prepare: PrepareSettings,
  name: string,
  { create = false, admit = false }: { readonly create?: boolean; readonly admit?: boolean },
  context: ActionContext,
): Promise<void> {
  const seen = await observePrepared(world, prepare, context);
  const role = seen.carried.find((each) => each.name === name);
  if (role === undefined) throw new Error(`The source no longer has the role ${name}.`);
  const planned = world.roles.some((each) => each.name === name);
  const password = planned ? targetPassword(world, name) : undefined;
  const carried = new Set(seen.carried.map((each) => each.name));
  const server = await world.azure.getServer({ signal: context.signal });
  // A role without its memberships would look finished to the next look.
  await maintain(world, context.signal, [
    "BEGIN",
    ...(create ? [createRoleStatement(role, password)] : []),
    ...(admit ? [adminMembership(name, Number(server.version))] : []),
    ...membershipStatements(role, carried),
    "COMMIT",
  ]);
}

function targetPassword(world: World, name: string) {
  const role = roleNamed(world, name);
  return world.references.secret(role.targetPassword ?? role.password);
}

async function maintain(world: World, signal: AbortSignal, statements: readonly string[]) {
  const { target } = world;
  await target.use(target.maintenanceDatabase, { signal, write: true }, async (client) => {
    for (const statement of statements) {
      // oxlint-disable-next-line no-await-in-loop -- one session, in order
      await client.query(statement);
    }
  });
}

function split(id: string): [string, string] {
  const space = id.indexOf(" ");
  return space === -1 ? [id, ""] : [id.slice(0, space), id.slice(space + 1)];
}

/** A rule that this run added goes; one that it changed is as before. */
function undoFirewallRule(name: string, before: Json, seen: PreparedSeen): Action[] {
  const now = seen.firewall.find((rule) => rule.name === name);
  if (before === null) {
    if (now === undefined) return [];
    const summary = `Delete the firewall rule ${name}`;
    return [{ id: `delete-firewall-rule ${name}`, summary, touches: "Azure" }];
  }
  const { first, last } = before as unknown as FirewallRule;
  if (now?.first === first && now.last === last) return [];
  return [
    {
      id: `restore-firewall-rule ${name}`,
      summary: `Set the firewall rule ${name} back to ${first} to ${last}`,
      touches: "Azure",
      data: { first, last },
    },
  ];
}

/** What this run added and what is still there of it. A shared parameter is put back as it was. */
function decideUndone(seen: PreparedSeen, context: StepContext): Verdict {
  const actions = changesOf(context.notes)
    .toReversed()
    .flatMap((change) => undoAction(change, seen));
  const [first, ...rest] = actions;
  if (first === undefined) {
    return { is: "satisfied", because: "what this run added to the target is gone" };
  }
  return { is: "unmet", because: "this run changed the target", actions: [first, ...rest] };
}

function undoAction({ action, name, before }: Change, seen: PreparedSeen): Action[] {
  const { whole, invalid } = seen.targetDatabases;
  switch (action) {
    case "set-firewall-rule":
      return undoFirewallRule(name, before, seen);
    case "create-database":
      if (!whole.includes(name) && !invalid.includes(name)) return [];
      return [
        {
          id: `drop-database ${name}`,
          summary: `Drop database ${name} on the target, which this run created`,
          touches: "target",
        },
      ];
    case "create-role":
      // A role that was there before was only made a member of others: that stays, and so does it.
      if (before !== null || !seen.targetRoles.some((role) => role.name === name)) return [];
      return [
        { id: `drop-role ${name}`, summary: `Drop role ${name} on the target`, touches: "target" },
      ];
    default:
      return undoParameter(name, before, seen);
  }
}

function undoParameter(name: string, before: Json, seen: PreparedSeen): Action[] {
  const shared = [seen.allowed, seen.preload].find((each) => each?.name === name);
  const now = shared ?? seen.parameters.get(name);
  const value = typeof before === "string" ? before : "";
  if (now === undefined || (now.value ?? "") === value) return [];
  return [
    {
      id: `reset-parameter ${name}`,
      summary: `Set ${name} of the target back to ${value === "" ? "nothing" : value}`,
      touches: "Azure",
      data: { value },
    },
  ];
}
