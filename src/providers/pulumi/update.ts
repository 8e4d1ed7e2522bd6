/** `pulumi up`, and the outputs that prove what it did. Never cancels and never removes a lock. */
import { z } from "zod";
import { UnreadableError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { redact, Secret } from "../../core/secret.ts";
import {
  minute,
  parseJson,
  runOnStack,
  secretsOf,
  type StackCallOptions,
  type StackPlace,
} from "./command.ts";
import { errorsInEvents, type PulumiEvent, readEvent } from "./events.ts";

export interface UpOptions extends StackCallOptions {
  readonly onEvent?: (event: PulumiEvent) => void;
}

export interface UpResult {
  readonly changes: { readonly [op: string]: number };
  readonly maybeCorrupt: boolean;
}

/** Throws UnreadableError when it ended without a summary: then nothing is known. */
export async function up(place: StackPlace, options: UpOptions): Promise<UpResult> {
  let summary: UpResult | undefined;
  const secrets = secretsOf(place);
  await runOnStack(place, ["up", "--json", "--skip-preview", "--yes"], options, {
    timeoutMs: 30 * minute,
    complaintIn: errorsInEvents,
    onLine: (line) => {
      const event = readEvent(redact(line, secrets));
      if (event === undefined) return;
      if (event.is === "summary") summary = event;
      options.onEvent?.(event);
    },
  });
  if (summary === undefined) {
    throw new UnreadableError({
      message: "pulumi up ended without a summary of what it changed.",
      meaning: "Whether the service was re-pointed is not known; read the outputs.",
    });
  }
  return { changes: summary.changes, maybeCorrupt: summary.maybeCorrupt };
}

const outputMap = z.record(z.string(), z.json());

/** Asked twice, because only what is masked tells a secret from a plain value. */
export async function outputs(
  place: StackPlace,
  options: StackCallOptions,
): Promise<ReadonlyMap<string, Json | Secret>> {
  const what = "pulumi stack output";
  const command = ["stack", "output", "--json"];
  const shown = parseJson(outputMap, await runOnStack(place, command, options), what);
  const open = parseJson(
    outputMap,
    await runOnStack(place, [...command, "--show-secrets"], options),
    what,
  );
  return new Map(
    Object.entries(open).map(([name, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      // A secret within a map or list shows as `[secret]` in its place.
      const hidden = JSON.stringify(shown[name]) !== JSON.stringify(value);
      return [name, hidden || value === "[secret]" ? new Secret(text) : value];
    }),
  );
}
