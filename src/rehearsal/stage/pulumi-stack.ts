/**
 * The rehearsal's Pulumi stack: a YAML program with the real CLI and a `file:`
 * backend. Its resource deploys the application's env file itself, by the
 * provider of tools/pulumi. Where that is not built the resources are
 * `pulumi:index:Stash`, part of the engine, and the rollout deploys outputs.
 */
import { constants } from "node:fs";
import { access, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { packageFolder } from "../../compose.ts";
import { ActionError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import { openStack, type PulumiProgram, type PulumiStack } from "../../providers/pulumi/index.ts";
import { stateFileOf } from "./rollout.ts";

/** An application's variable to the stack's configuration key. */
export interface AppVariable {
  readonly variable: string;
  readonly key: string;
  /** `apps-...`: the plan expects that the update changes such. */
  readonly resource: string;
}

export interface StagedStack {
  readonly stack: PulumiStack;
  readonly stateFile: string;
  /** An update writes the env file by itself. */
  readonly deploys: boolean;
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
  /** What the application reads, and what stands there besides the variables. */
  readonly envFile: string;
  readonly fixed: { readonly [name: string]: string };
  readonly signal: AbortSignal;
}): Promise<StagedStack> {
  const { folder, pulumi, variables, before, signal } = stage;
  const directory = path.join(folder, "pulumi");
  const backend = path.join(folder, "pulumi-state");
  const home = path.join(folder, "pulumi-home");
  await Promise.all([directory, backend, home].map((each) => mkdir(each, { recursive: true })));
  const provider = await findProvider();
  const resources = provider === undefined ? stashes(variables) : envFileResource(stage, provider);
  await writeFile(
    path.join(directory, "Pulumi.yaml"),
    stringify({ ...program(variables), ...resources }),
  );
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
  return {
    stack,
    stateFile: stateFileOf(backend, project, stackName),
    deploys: provider !== undefined,
    environment,
  };
}

/** Its folder; setup builds it where Go is. */
async function findProvider(): Promise<string | undefined> {
  const folder = path.join(packageFolder, ".tools", "bin");
  const there = await access(path.join(folder, "pulumi-resource-setting"), constants.X_OK).then(
    () => true,
    () => false,
  );
  return there ? folder : undefined;
}

function program(variables: readonly AppVariable[]) {
  return {
    name: project,
    runtime: "yaml",
    description: "The rehearsal's applications, as a cluster would be told of them.",
    config: Object.fromEntries(variables.map(({ key }) => [key, { type: "string", secret: true }])),
    outputs: Object.fromEntries(variables.map(({ variable, key }) => [variable, `\${${key}}`])),
  };
}

function envFileResource(
  stage: {
    readonly variables: readonly AppVariable[];
    readonly envFile: string;
    readonly fixed: { readonly [name: string]: string };
  },
  folder: string,
) {
  const told = stage.variables.map(({ variable, key }) => [variable, `\${${key}}`]);
  return {
    plugins: { providers: [{ name: "setting", path: folder }] },
    resources: {
      apps: {
        type: "setting:index:EnvFile",
        properties: {
          path: stage.envFile,
          variables: { ...Object.fromEntries(told), ...stage.fixed },
        },
      },
    },
  };
}

function stashes(variables: readonly AppVariable[]) {
  const stash = ({ key }: AppVariable) => ({
    type: "pulumi:index:Stash",
    properties: { input: `\${${key}}` },
  });
  return { resources: Object.fromEntries(variables.map((each) => [each.resource, stash(each)])) };
}
