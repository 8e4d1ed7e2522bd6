/**
 * The rehearsal's Pulumi stack: a YAML program with the real CLI and a `file:`
 * backend. Its resources are `pulumi:index:Stash`, which is built into the
 * engine and really changes, and needs no plugin.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { ActionError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import { openStack, type PulumiProgram, type PulumiStack } from "../../providers/pulumi/index.ts";
import { stateFileOf } from "./rollout.ts";

/** An application's variable to the stack's configuration key. */
export interface AppVariable {
  readonly variable: string;
  readonly key: string;
  readonly resource: string;
}

export interface StagedStack {
  readonly stack: PulumiStack;
  readonly stateFile: string;
  /** For the plan's references and for whoever runs the CLI by hand. */
  readonly environment: { readonly [name: string]: string };
}

const project = "rehearsal";
const stackName = "live";

export async function stagePulumi(stage: {
  readonly pulumi: PulumiProgram;
  readonly folder: string;
  readonly passphrase: string;
  readonly variables: readonly AppVariable[];
  /** What each variable is before the migration. */
  readonly before: { readonly [variable: string]: string };
  readonly environment: { readonly [name: string]: string };
  readonly signal: AbortSignal;
}): Promise<StagedStack> {
  const { folder, pulumi, variables, before, signal } = stage;
  const directory = path.join(folder, "pulumi");
  const backend = path.join(folder, "pulumi-state");
  const home = path.join(folder, "pulumi-home");
  await Promise.all([directory, backend, home].map((each) => mkdir(each, { recursive: true })));
  await writeFile(path.join(directory, "Pulumi.yaml"), stringify(program(variables)));
  const environment = {
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: stage.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const env = {
    PATH: [path.dirname(pulumi.path), stage.environment["PATH"] ?? ""].join(path.delimiter),
    HOME: stage.environment["HOME"] ?? home,
    ...environment,
  };
  const result = await execa(pulumi.path, ["stack", "init", stackName, "--non-interactive"], {
    cwd: directory,
    env,
    extendEnv: false,
    cancelSignal: signal,
    reject: false,
  });
  if (result.failed) {
    throw new ActionError({
      message: `Pulumi could not make the rehearsal's stack: ${result.stderr.trim()}`,
      meaning: "Only the rehearsal is affected; nothing outside this machine was touched.",
    });
  }
  const stack = openStack({
    pulumi,
    directory,
    stack: stackName,
    env: { ...env, PULUMI_CONFIG_PASSPHRASE: new Secret(stage.passphrase) },
  });
  for (const { key, variable } of variables) {
    await stack.setConfig(key, new Secret(before[variable] ?? ""), { signal, secret: true });
  }
  await stack.up({ signal });
  return { stack, stateFile: stateFileOf(backend, project, stackName), environment };
}

function program(variables: readonly AppVariable[]) {
  const entries = <T>(value: (variable: AppVariable) => readonly [string, T]) =>
    Object.fromEntries(variables.map(value));
  return {
    name: project,
    runtime: "yaml",
    description: "The rehearsal's applications, as a cluster would be told of them.",
    config: entries(({ key }) => [key, { type: "string", secret: true }]),
    resources: entries(({ resource, key }) => [
      resource,
      { type: "pulumi:index:Stash", properties: { input: `\${${key}}` } },
    ]),
    outputs: entries(({ variable, key }) => [variable, `\${${key}}`]),
  };
}
