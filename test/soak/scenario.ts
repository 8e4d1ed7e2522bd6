/**
 * What a soak's run goes through, as data: a database, a plan, and strikes at
 * moments of the run. Follows from the seed and the run's number alone.
 */
import { Chance } from "./chance.ts";
import { drawStrike, type Strike } from "./strike.ts";

export type When = "entered" | "began" | "waiting" | "satisfied" | "undoing";

/** The first time that a process of the run comes to it. */
export interface Moment {
  readonly step: string;
  readonly when: When;
  readonly delayMs: number;
}

export interface Act {
  readonly at: Moment;
  readonly strike: Strike;
}

export interface Scenario {
  readonly seed: string;
  readonly number: number;
  readonly database:
    | { readonly is: "generated"; readonly rows: number }
    /** Generated rows where the dump is not on this machine. */
    | { readonly is: "dump"; readonly name: string; readonly rows: number };
  readonly through: "pulumi" | "file";
  /** A second. */
  readonly writes: number;
  readonly snapshot: boolean;
  readonly lowersTtl: boolean;
  readonly gate: boolean;
  /** The first process is told to stop there. */
  readonly until: string | undefined;
  /** At which stop the run is taken back, and whether another one follows. */
  readonly undo: { readonly atStop: number; readonly again: boolean } | undefined;
  readonly acts: readonly Act[];
}

export const gate = "go-ahead";

/** In the plan's order; how much more than others they are struck. */
const steps: readonly (readonly [weight: number, step: string])[] = [
  [1, "preflight-passed"],
  [1, "source-snapshotted"],
  [1.5, "target-prepared"],
  [0.5, "dns-ttl-lowered"],
  [3, "data-streaming"],
  [1, "copy-agrees"],
  [1, "config-staged"],
  [3, "source-frozen"],
  [4, "cutover-complete"],
  [1.5, "access-carried"],
  [1.5, "sequences-advanced"],
  [2, "data-equal"],
  [3, "apps-repointed"],
  [1.5, "dns-flipped"],
  [1, "service-healthy"],
];

const whens: readonly (readonly [weight: number, when: When])[] = [
  [4, "entered"],
  [5, "began"],
  [1.5, "waiting"],
  [3, "satisfied"],
  [0.7, "undoing"],
];

export function drawScenario(seed: string, number: number): Scenario {
  const chance = new Chance(`${seed} ${number}`);
  const rows = Math.round(200 * 100 ** chance.fraction());
  const database = chance.happens(0.05)
    ? { is: "dump" as const, name: chance.one(["opensauced", "pagila", "employee"]), rows }
    : { is: "generated" as const, rows };
  const plan = {
    through: chance.happens(0.2) ? ("pulumi" as const) : ("file" as const),
    writes: chance.one([5, 20, 50, 100]),
    snapshot: chance.happens(0.6),
    // Its old TTL must run out before the freeze: 40 s.
    lowersTtl: chance.happens(0.06),
    gate: chance.happens(0.3),
  };
  const present = steps.filter(
    ([, step]) =>
      (plan.snapshot || step !== "source-snapshotted") &&
      (plan.lowersTtl || step !== "dns-ttl-lowered"),
  );
  const until = chance.happens(0.15) ? chance.weighted(present) : undefined;
  const undo = chance.happens(0.25)
    ? { atStop: chance.between(1, 2), again: chance.happens(0.6) }
    : undefined;
  const count = chance.weighted([
    [2, 1],
    [3, 2],
    [3, 3],
    [2, 4],
  ]);
  const acts = Array.from({ length: count }, () => drawAct(chance, present));
  return { seed, number, database, ...plan, until, undo, acts };
}

function drawAct(chance: Chance, present: typeof steps): Act {
  const strike = drawStrike(chance);
  const at = {
    step: chance.weighted(present),
    when: chance.weighted(whens),
    delayMs: chance.happens(0.5) ? 0 : chance.between(1, 800),
  };
  // What damages the copy, or a later answer, must be on by then.
  const early = strike.does === "fault" && chance.happens(0.6);
  return { strike, at: early ? { step: "preflight-passed", when: "entered", delayMs: 0 } : at };
}
