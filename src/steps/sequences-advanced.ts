/**
 * `sequences-advanced`: every sequence of the target stands where the frozen
 * source's does. Sequences are not part of logical replication, and values
 * read before the freeze may be behind; after it they are final.
 */
import { countOf } from "../core/count-of.ts";
import { z } from "zod";
import type { ActionContext, StepContext, StepKind } from "../core/step.ts";
import type { Action, Verdict } from "../core/verdict.ts";
import {
  readSequences,
  sequenceAdvances,
  setSequences,
  type SequenceAdvance,
  type SequenceState,
} from "../verification/index.ts";
import { isSourceFrozen } from "./data-streaming/index.ts";
import type { World } from "./world.ts";

const settings = z.strictObject({});

type Settings = z.infer<typeof settings>;

interface SequencesSeen {
  readonly frozen: boolean;
  readonly databases: readonly {
    readonly name: string;
    readonly sequences: number;
    readonly missing: readonly string[];
    /** Those that the admin may not read on one of the sides. */
    readonly unreadable: readonly string[];
    readonly behind: readonly SequenceAdvance[];
  }[];
}

export const sequencesAdvanced: StepKind<World, Settings, SequencesSeen> = {
  kind: "sequences-advanced",
  condition: "Every sequence of the target is where the frozen source's is.",
  details:
    "Reads value and is_called of every sequence, owned by a column or not, from the sequences themselves on the frozen source, sets those of the target that are behind, and reads them back. Without it the first insert after the cut-over meets a key that exists.",
  settings,
  proof: "moment",
  deadlineMs: 5 * 60_000,
  after: [
    { kind: "source-frozen", because: "a sequence read before the freeze may still advance" },
    { kind: "cutover-complete", because: "the service sets sequences itself when it cuts over" },
  ],
  undoneOnStop: false,
  actions: {
    "set-sequences": {
      touches: "target",
      does: "Advances the sequences of one database.",
    },
  },
  intends: () => "set every sequence of the target to where the frozen source's is",
  observe,
  decide,
  apply,
};

async function observe(
  world: World,
  _settings: Settings,
  { signal }: StepContext,
): Promise<SequencesSeen> {
  const names = world.databases.map(({ name }) => name);
  const databases = names.map(async (name) => {
    const [source, target] = await Promise.all([
      world.source.use(name, { signal }, readSequences),
      world.target.use(name, { signal }, readSequences),
    ]);
    return {
      name,
      sequences: source.length,
      missing: missingFrom(target, source),
      unreadable: [...source, ...target]
        .filter(({ position }) => position === undefined)
        .map((state) => state.name),
      behind: sequenceAdvances(source, target),
    };
  });
  // Together: a failure of one while another is awaited would be nobody's.
  const [frozen, ...read] = await Promise.all([isSourceFrozen(world, names, signal), ...databases]);
  return { frozen, databases: read };
}

function missingFrom(side: readonly SequenceState[], other: readonly SequenceState[]): string[] {
  const names = new Set(side.map(({ name }) => name));
  return other.map(({ name }) => name).filter((name) => !names.has(name));
}

function decide(seen: SequencesSeen): Verdict {
  if (!seen.frozen) {
    return {
      is: "blocked",
      findings: [
        {
          code: "source-not-frozen",
          severity: "blocks",
          message: "The source accepts writes, so its sequences may still advance.",
          remedy: "opensauced-migrate run --resume",
        },
      ],
    };
  }
  const missing = seen.databases.flatMap(({ name, missing: absent }) =>
    absent.map((sequence) => `${name}: ${sequence}`),
  );
  const unreadable = seen.databases.flatMap(({ name, unreadable: closed }) =>
    [...new Set(closed)].map((sequence) => `${name}: ${sequence}`),
  );
  if (unreadable.length > 0) {
    return {
      is: "blocked",
      findings: [
        {
          code: "sequence-unreadable",
          severity: "unknown",
          message: "Where these sequences stand could not be read: the admin lacks SELECT on them.",
          objects: unreadable,
          remedy: "GRANT SELECT ON ALL SEQUENCES IN SCHEMA ... TO the admin role",
        },
      ],
    };
  }
  if (missing.length > 0) {
    return {
      is: "blocked",
      findings: [
        {
          code: "sequence-missing",
          severity: "blocks",
          message: "Sequences of the source do not exist on the target.",
          objects: missing,
        },
      ],
    };
  }
  const [first, ...rest] = seen.databases
    .filter(({ behind }) => behind.length > 0)
    .map(({ name, behind }): Action => ({
      id: `set-sequences ${name}`,
      summary: `Advance ${behind.length} ${behind.length === 1 ? "sequence" : "sequences"} of ${name} on the target: ${some(behind)}`,
      touches: "target",
      data: {
        name,
        // JSON has no 64-bit integers.
        behind: behind.map((each) => ({ ...each, lastValue: each.lastValue.toString() })),
      },
    }));
  const total = seen.databases.reduce((sum, { sequences }) => sum + sequences, 0);
  if (first === undefined) {
    return {
      is: "satisfied",
      because: `${countOf(total, "sequence")} ${total === 1 ? "is" : "are"} at or past the source's`,
      facts: { sequences: total },
    };
  }
  return { is: "unmet", because: "sequences are behind the source", actions: [first, ...rest] };
}

/** The first few by name. */
function some(behind: readonly SequenceAdvance[]): string {
  const names = behind.slice(0, 3).map((each) => each.name);
  return [...names, ...(behind.length > 3 ? [`${behind.length - 3} more`] : [])].join(", ");
}

async function apply(
  action: Action,
  world: World,
  _settings: Settings,
  { signal }: ActionContext,
): Promise<void> {
  const { name, behind } = action.data as unknown as {
    readonly name: string;
    readonly behind: readonly {
      readonly name: string;
      readonly lastValue: string;
      readonly isCalled: boolean;
    }[];
  };
  await world.target.use(name, { signal, write: true }, async (client) => {
    const advances = behind.map((each) => ({ ...each, lastValue: BigInt(each.lastValue) }));
    for (const query of setSequences(advances)) {
      // oxlint-disable-next-line no-await-in-loop -- one session, one statement at a time
      await client.query(query);
    }
  });
}
