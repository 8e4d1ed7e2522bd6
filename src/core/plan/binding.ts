/**
 * What of a plan binds a run that was begun with it: all but how long it waits,
 * how much it takes of the servers meanwhile, and which differences are known and
 * wanted. Those may be changed under way: a longer wait, or a yes to a finding,
 * must not cost a copy of hours. Pure.
 */
import { isMapping, type Json } from "../json.ts";

/** By the names that step kinds give them. */
const unbound: ReadonlySet<string> = new Set([
  "deadline",
  "stall",
  "arrivesWithin",
  "timeout",
  "every",
  "sessions",
  "pauseAbove",
  "pauseBehind",
  "maxConnections",
  "within",
  "accept",
]);

/** The document without what may be changed: what the digest is made of. */
export function bindingPart(document: Json): Json {
  if (!isMapping(document)) return document;
  const { steps } = document;
  return Array.isArray(steps) ? { ...document, steps: steps.map(boundStep) } : document;
}

function boundStep(step: Json): Json {
  if (!isMapping(step)) return step;
  return Object.fromEntries(Object.entries(step).filter(([key]) => !unbound.has(key)));
}
