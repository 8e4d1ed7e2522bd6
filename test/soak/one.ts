/** One run of a soak as a process of its own. Arguments: seed, number, folder for evidence. Its last line is the outcome as JSON. */
import { carry } from "./carry.ts";
import { drawScenario } from "./scenario.ts";

const [seed, number, evidence] = process.argv.slice(2);
if (seed === undefined || number === undefined || evidence === undefined) {
  throw new Error("Which seed, which number, and where to?");
}
const outcome = await carry(drawScenario(seed, Number(number)), evidence);
process.stdout.write(`${JSON.stringify(outcome)}\n`);
