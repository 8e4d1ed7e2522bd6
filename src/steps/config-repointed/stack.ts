/** The Pulumi stack of a step: the CLI found, its environment chosen, the stack opened. */
import path from "node:path";
import { Secret } from "../../core/secret.ts";
import {
  findPulumi,
  type FoundPulumi,
  openStack,
  type PulumiStack,
} from "../../providers/pulumi/index.ts";
import type { World } from "../world.ts";
import type { PulumiSettings } from "./settings.ts";

export type OpenedStack =
  | { readonly is: "open"; readonly stack: PulumiStack; readonly directory: string }
  | { readonly is: "missing"; readonly message: string; readonly remedy: string };

/** What Pulumi and its providers look for; the plan's own secrets are not among it. */
const handedOn =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|LANG|LC_.*|SSH_AUTH_SOCK|SSL_CERT_.*|KUBECONFIG|KUBE_.*|XDG_.*|PULUMI_.*|AZURE_.*|ARM_.*|GOOGLE_.*|AWS_.*|DIGITALOCEAN_.*|NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|GOPATH|GOROOT|GOCACHE)$/;

export async function openStackOf(
  world: World,
  settings: PulumiSettings,
  signal: AbortSignal,
  configFile?: string,
): Promise<OpenedStack> {
  const found = await pulumiOf(world, signal);
  if (found.is === "missing") return found;
  const { text, secret } = world.references;
  const directory = path.resolve(world.places.plan, text(settings.dir));
  const inherited = Object.fromEntries(
    Object.entries(world.environment)
      .filter(([name]) => handedOn.test(name))
      .map(([name, value]) => [name, isSecretName(name) ? new Secret(value) : value]),
  );
  // The language hosts lie beside the CLI.
  const search = [path.dirname(found.pulumi.path), world.environment["PATH"] ?? ""];
  const stack = openStack({
    pulumi: found.pulumi,
    directory,
    secrets: world.references.secrets,
    stack: text(settings.stack),
    ...(configFile === undefined ? {} : { configFile }),
    env: {
      ...inherited,
      PATH: search.join(path.delimiter),
      ...(settings.backend === undefined ? {} : { PULUMI_BACKEND_URL: text(settings.backend) }),
      ...(settings.passphrase === undefined
        ? {}
        : { PULUMI_CONFIG_PASSPHRASE: secret(settings.passphrase) }),
    },
  });
  return { is: "open", stack, directory };
}

const known = new WeakMap<World, FoundPulumi>();

/** Where the CLI is does not change within a process; that there is none may. */
async function pulumiOf(world: World, signal: AbortSignal): Promise<FoundPulumi> {
  const before = known.get(world);
  if (before !== undefined) return before;
  const found = await findPulumi(world.pulumiFolders, signal);
  if (found.is === "found") known.set(world, found);
  return found;
}

function isSecretName(name: string): boolean {
  return /TOKEN|PASSPHRASE$|SECRET|PASSWORD|KEY$/.test(name);
}
