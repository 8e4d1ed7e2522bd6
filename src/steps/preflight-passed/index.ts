/**
 * `preflight-passed`: everything that can be known to go wrong is looked at
 * before anything is changed, and every finding is told at once. Changes
 * nothing; the proof of replication makes a temporary slot and drops it.
 */
import type { StepKind } from "../../core/step.ts";
import type { World } from "../world.ts";
import { decidePreflight } from "./decide.ts";
import { observePreflight, type PreflightSeen } from "./observe.ts";
import { settings, type PreflightSettings } from "./settings.ts";

export const preflightPassed: StepKind<World, PreflightSettings, PreflightSeen> = {
  kind: "preflight-passed",
  condition: "Nothing that can be checked beforehand stands in the way of the migration.",
  details:
    "Connects to both servers, to DigitalOcean and to Azure, and reports everything that is wrong at once, each with what to do about it. What could not be checked counts as not passed. Replication is proven by creating and dropping a temporary slot, which a preview leaves out. Changes nothing.",
  settings,
  example: {
    trustedSources: ["203.0.113.7"],
    acceptInsertOnly: ["insights.public.page_views"],
  },
  proof: "moment",
  deadlineMs: 5 * 60_000,
  after: [],
  undoneOnStop: false,
  actions: {},
  intends: () => "check both servers, both clouds and this machine for all that could go wrong",
  observe: observePreflight,
  decide: decidePreflight,
  apply: () => Promise.reject(new Error("The checks have no action.")),
};
