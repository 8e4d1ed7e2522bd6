/** A scenario in one line, with the command that repeats it alone. */
import type { Strike } from "./strike.ts";
import type { Act, Scenario } from "./scenario.ts";

export function tellScenario(scenario: Scenario): string {
  const { database, undo, until } = scenario;
  const plan = [
    database.is === "dump" ? `${database.name}.sql` : `${database.rows} rows`,
    `${scenario.writes} writes/s`,
    scenario.through,
    ...(scenario.snapshot ? ["snapshot"] : []),
    ...(scenario.lowersTtl ? ["TTL"] : []),
    ...(scenario.gate ? ["gate"] : []),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(undo === undefined ? [] : [`undo at stop ${undo.atStop}${undo.again ? " and again" : ""}`]),
  ];
  return `${plan.join(", ")}: ${scenario.acts.map(tellAct).join("; ")}`;
}

export function repeatCommand({ seed, number }: Pick<Scenario, "seed" | "number">): string {
  return `npm run soak -- --seed ${seed} --only ${number}`;
}

export function tellAct({ at, strike }: Act): string {
  const delay = at.delayMs === 0 ? "" : ` + ${at.delayMs} ms`;
  return `${tellStrike(strike)} at ${at.step} ${at.when}${delay}`;
}

function tellStrike(strike: Strike): string {
  switch (strike.does) {
    case "fault":
      return strike.lastsMs === undefined ? strike.name : `${strike.name} for ${strike.lastsMs} ms`;
    case "kill":
      return strike.children ? "kill -9 with children" : "kill -9";
    case "signal":
      return strike.signal;
    case "restart":
      return `${strike.server} restarted (${strike.mode})`;
    case "second":
      return `second process \`${strike.words.join(" ")}\``;
  }
}
