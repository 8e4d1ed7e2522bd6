/**
 * Shows the invented run as it would be seen, in its own time; to look at by
 * hand, and for the tests that need a terminal.
 *
 *   node test/support/show-invented-run.ts [finish|stop] [--plain] [--speed N]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Desk, surviveClosedStreams } from "../../src/cli/desk.ts";
import { watched, type Watch } from "../../src/cli/watched-run.ts";
import {
  approvedBeats,
  beforeGate,
  gateQuestion,
  thrownBack,
  toTheEnd,
  type Beat,
} from "./invented-run.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    plain: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    speed: { type: "string", default: "1" },
  },
});

async function play(beats: readonly Beat[], watch: Watch): Promise<void> {
  for (const { after, event } of beats) {
    await sleep(after / Number(values.speed), undefined, { signal: watch.signal }).catch(
      () => undefined,
    );
    if (watch.signal.aborted) return;
    watch.listener({ ...event, at: new Date().toISOString() });
  }
}

surviveClosedStreams();
const desk = new Desk({ plan: undefined, state: undefined, color: undefined, verbose: false });
const options = {
  json: values.json,
  plain: values.plain,
  approve: [],
  opening: "Opening.",
  showsRemedies: true,
};
process.exitCode = await watched(desk, options, async (watch) => {
  await play(beforeGate, watch);
  const yes = await watch.approve("approved", gateQuestion, watch.signal);
  if (watch.signal.aborted) return 130;
  if (yes === undefined) return 4;
  await play(approvedBeats, watch);
  await play(positionals[0] === "stop" ? thrownBack : toTheEnd, watch);
  return watch.signal.aborted ? 130 : 0;
});
