/** The rehearsal's plan as a scenario wants it, with deadlines that no soak has to wait long for. */
import type { PlanStep } from "../support/set-stage.ts";
import { gate, type Scenario } from "./scenario.ts";

export function stepsFor(scenario: Scenario, steps: readonly PlanStep[]): PlanStep[] {
  return steps.flatMap((step): PlanStep[] => {
    switch (step.kind) {
      case "source-snapshotted":
        return scenario.snapshot ? [step] : [];
      case "dns-ttl-lowered":
        return scenario.lowersTtl ? [step] : [];
      case "data-streaming":
        return [{ ...step, stall: "10s", deadline: "60s" }];
      case "copy-agrees":
        return [{ ...step, arrivesWithin: "10s", deadline: "60s" }];
      case "source-frozen":
        return scenario.gate ? [{ id: gate, kind: "approved" }, step] : [step];
      case "cutover-complete":
        return [{ ...step, deadline: "25s" }];
      case "dns-flipped":
      case "service-healthy":
        return [{ ...step, deadline: "60s" }];
      default:
        return [step];
    }
  });
}
