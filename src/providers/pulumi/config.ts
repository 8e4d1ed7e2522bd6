/** A stack's configuration: values go in by standard input and come out as Secrets. */
import { z } from "zod";
import { ProviderError, UsageError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import { parseJson, runOnStack, type StackCallOptions, type StackPlace } from "./command.ts";

export interface ConfigValue {
  readonly value: Secret;
  /** Encrypted in the settings file. */
  readonly secret: boolean;
}

const keyPattern = /^(?:[A-Za-z][\w-]*:)?[A-Za-z_][\w.-]*$/;
const configured = z.object({ value: z.string().optional(), secret: z.boolean().optional() });

function checkKey(key: string): void {
  if (keyPattern.test(key)) return;
  throw new UsageError({
    message: `"${key}" is not a key of Pulumi's configuration.`,
    remedy: "Write it as `key` or `namespace:key`.",
  });
}

/** Undefined when the stack has no such key. */
export async function configValue(
  place: StackPlace,
  key: string,
  options: StackCallOptions,
): Promise<ConfigValue | undefined> {
  checkKey(key);
  try {
    const stdout = await runOnStack(place, ["config", "get", key, "--json"], options);
    const { value, secret } = parseJson(configured, stdout, "pulumi config get");
    return { value: new Secret(value ?? ""), secret: secret ?? false };
  } catch (error) {
    const missing =
      error instanceof ProviderError && /configuration key '.*' not found/.test(error.message);
    if (missing) return undefined;
    throw error;
  }
}

/**
 * Every key of the stack in one call: with a passphrase each start of the CLI
 * spends most of a second on deriving the key. Names are `project:key`.
 */
export async function readConfig(
  place: StackPlace,
  options: StackCallOptions,
): Promise<ReadonlyMap<string, ConfigValue>> {
  const stdout = await runOnStack(place, ["config", "--json", "--show-secrets"], options);
  const values = parseJson(z.record(z.string(), configured), stdout, "pulumi config");
  return new Map(
    Object.entries(values).map(([key, { value, secret }]) => [
      key,
      { value: new Secret(value ?? ""), secret: secret ?? false },
    ]),
  );
}

export async function setConfig(
  place: StackPlace,
  key: string,
  value: Secret,
  options: StackCallOptions & { readonly secret: boolean },
): Promise<void> {
  checkKey(key);
  const kind = options.secret ? "--secret" : "--plaintext";
  await runOnStack(place, ["config", "set", key, kind], options, {
    // The CLI takes one line end off what it reads; this is the one.
    input: new Secret(`${value.reveal()}\n`),
    secrets: [value],
  });
}

export async function removeConfig(
  place: StackPlace,
  key: string,
  options: StackCallOptions,
): Promise<void> {
  checkKey(key);
  await runOnStack(place, ["config", "rm", key], options);
}
