/**
 * The stand-in's faults as a switch that can be waited for. `path` of a
 * setting narrows HTTP faults to a path and data faults to a database.
 */
import { Condition } from "../condition.ts";
import { FaultSwitch, type FaultTarget } from "../../fault-switch.ts";
import { faultCatalog, type FaultName } from "./catalog.ts";

export class Faults extends FaultSwitch<FaultName> {
  readonly #condition: Condition;

  constructor(initially: readonly FaultName[] = []) {
    const condition = new Condition();
    super(faultCatalog, () => condition.changed());
    this.#condition = condition;
    for (const name of initially) this.on(name);
  }

  /** Resolves when the fault is off; rejects with the signal's reason. */
  untilOff(name: FaultName, signal: AbortSignal, target: FaultTarget = {}): Promise<void> {
    return this.#condition.until(() => !this.isOn(name, target), signal);
  }
}
