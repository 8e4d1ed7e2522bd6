/**
 * The local cloud's own program. Reads its settings as the first line of
 * standard input, then commands, a JSON object a line; writes its facts as the
 * first line of standard output, then an answer a command. Ends when its
 * standard input ends, unless it was told to stay.
 */
import { createInterface } from "node:readline";
import type { StopMode } from "../postgres/index.ts";
import type { FaultSettings } from "../fault-switch.ts";
import { startCloud, type Cloud } from "./start.ts";
import type { CloudSettings } from "./settings.ts";

export type CloudCommand =
  | {
      readonly do: "fault";
      readonly name: string;
      readonly on: boolean;
      readonly settings?: FaultSettings;
    }
  | ServerCommand
  | { readonly do: "look" }
  /** Resolves when the server takes connections again. */
  | { readonly do: "restart"; readonly server: "source" | "target"; readonly mode: StopMode }
  | { readonly do: "stay" }
  | { readonly do: "stop" };

/** What a machine may do to a server that runs on it. */
export interface ServerCommand {
  readonly do: "server";
  readonly server: "source" | "target";
  /** `crash` is an immediate stop: sessions are cut, and the next start recovers. */
  readonly act: "crash" | "start" | "pause" | "proceed";
}

export interface CloudLook {
  readonly migrations: readonly { readonly name: string; readonly state: string | undefined }[];
  /** `PUT /subscriptions/...`, oldest first. */
  readonly azure: readonly string[];
  readonly digitalOcean: readonly string[];
  readonly damages: readonly unknown[];
}

const stopping = new AbortController();
const answer = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

async function main(): Promise<void> {
  let cloud: Cloud | undefined;
  let stays = false;
  const end = async (): Promise<never> => {
    stopping.abort();
    await cloud?.stop();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void end());
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      if (cloud === undefined) {
        cloud = await startCloud(JSON.parse(line) as CloudSettings, stopping.signal);
        answer({ facts: cloud.facts });
        continue;
      }
      const command = JSON.parse(line) as CloudCommand;
      if (command.do === "stop") break;
      if (command.do === "stay") {
        stays = true;
        cloud.release();
      }
      if (command.do === "fault") cloud.fault(command.name, command.on, command.settings);
      if (command.do === "server") await act(cloud, command);
      if (command.do === "restart") {
        await cloud.databases[command.server].restart({ mode: command.mode });
      }
      answer(command.do === "look" ? look(cloud) : { done: command.do });
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) });
      if (cloud === undefined) break;
    }
  }
  // With nobody to talk to it only stays when asked to.
  if (!stays) await end();
}

async function act(cloud: Cloud, command: ServerCommand): Promise<void> {
  const server = cloud.databases[command.server];
  await (command.act === "crash" ? server.stop({ mode: "immediate" }) : server[command.act]());
}

function look({ azure, digitalOcean }: Cloud): CloudLook {
  const show = ({ method, path }: { readonly method: string; readonly path: string }) =>
    `${method} ${path}`;
  return {
    migrations: azure.migrations.map((migration) => ({
      name: migration.name,
      state: migration.state,
    })),
    azure: azure.requests.map(show),
    digitalOcean: digitalOcean.requests.map(show),
    damages: azure.damages,
  };
}

await main();
