/**
 * One call of a provider while its cloud misbehaves, and what became of it.
 * What happened is taken from the stand-in's own record, never from the call.
 */
import { expect } from "vitest";
import { secretsIn } from "./secret-watch.ts";
import { ProviderError, UnreadableError } from "../../src/core/errors.ts";

/** `rewrites`: says the whole state, so that saying it twice does no more than once. */
export type Does = "reads" | "rewrites" | "changes";

/** A call of its own for each fault: what was made by one must not help the next. */
export interface ProviderCall {
  readonly does: Does;
  /** Of the request that is to be struck, where the call makes several. */
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** As an error must name it. */
  readonly named: RegExp;
  readonly call: () => Promise<unknown>;
  /** Asks the provider, once the cloud is well again, whether the change is there. */
  readonly found?: () => Promise<boolean>;
}

/** `either`: some calls have an answer without a body, of which nothing can be cut off. */
export type Outcome = "survives" | "stops" | "either";

export interface WireFault {
  /** What it is called in the table, and in the test's name. */
  readonly title: string;
  readonly outcome: Readonly<Record<Does, Outcome>>;
  /** Of the error, where it stops: may the same call succeed later? */
  readonly passes: boolean;
  /** The cloud read it and said no: a change has not happened, and the error says so. */
  readonly refusal?: true;
  /** Strikes the looks at an operation that the call began, and not the call itself. */
  readonly polls?: true;
  on(call: ProviderCall, polls: boolean): void;
  off(): void;
}

export interface StandInRecord {
  /** How often the stand-in did what changes something, since it was last asked. */
  effects(): number;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

/** Longer than any of the short deadlines that the tests give. */
const boundMs = 8000;

export async function meet(
  make: () => Promise<ProviderCall>,
  fault: WireFault,
  record: StandInRecord,
  secrets: readonly string[],
): Promise<void> {
  const made = await make();
  const { does, named, call, found } = made;
  const expected = does === "reads" ? await call() : undefined;
  await record.idle();
  record.effects();
  fault.on(made, fault.polls === true);
  const began = performance.now();
  const answer = await call().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const tookMs = performance.now() - began;
  fault.off();
  await record.idle();
  const effects = record.effects();
  const outcome: Outcome = "error" in answer ? "stops" : "survives";
  if (fault.outcome[does] !== "either") {
    expect(outcome, "error" in answer ? String(answer.error) : "no error").toBe(
      fault.outcome[does],
    );
  }
  expect(tookMs).toBeLessThan(boundMs);
  if ("error" in answer) expectTold(answer.error, named, fault, does, secrets);
  else if (does === "reads") expect(answer.value).toEqual(expected);
  if (does === "changes") expect(effects).toBeLessThanOrEqual(1);
  if (found !== undefined) {
    expect(await found(), "what the next look finds").toBe(effects > 0);
    if (outcome === "survives") expect(effects).toBeGreaterThan(0);
  }
}

function expectTold(
  error: unknown,
  named: RegExp,
  fault: WireFault,
  does: Does,
  secrets: readonly string[],
): void {
  if (!(error instanceof ProviderError || error instanceof UnreadableError)) throw error;
  expect(error.message).toMatch(named);
  expect(error.message).not.toContain("<");
  expect(error.meaning ?? "", error.message).not.toBe("");
  expect(error.remedy ?? "", error.message).not.toBe("");
  if (error instanceof ProviderError) expect(error.retryable, error.message).toBe(fault.passes);
  const saysNothingHappened = /nothing was (?:changed|written)|record set is as it was/i.test(
    error.meaning ?? "",
  );
  const nothingHappened = does === "reads" || fault.refusal === true;
  expect(saysNothingHappened, `${error.message} ${error.meaning}`).toBe(nothingHappened);
  const all = everything(error);
  expect(secretsIn(all, new Map(secrets.map((secret) => [secret.slice(0, 20), secret])))).toEqual(
    [],
  );
  // Nor the beginning of one that was cut.
  for (const secret of secrets) expect(all).not.toContain(secret.slice(0, 15));
  if (fault.title.endsWith("-echo")) expect(error.message).toContain("[secret]");
}

/** Wherever an error may end up: its text, its fields, its causes, however deep. */
export function everything(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  return Reflect.ownKeys(value)
    .map((key) => `${String(key)}=${everything(Reflect.get(value, key), seen)}`)
    .join(" ");
}

/** The calls that a provider offers, whatever they are called. */
export function callsOf(provider: object): string[] {
  const entries = Object.entries(provider) as [string, unknown][];
  return entries
    .filter(([name, value]) => typeof value === "function" && name !== "close")
    .map(([name]) => name)
    .toSorted();
}
