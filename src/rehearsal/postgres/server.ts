/**
 * One real PostgreSQL server on 127.0.0.1: made from nothing, stopped, killed,
 * paused, restarted on the same port. Knows nothing of clouds: roles and
 * databases are given to it by the shapes beside this file.
 */
import type { Endpoint } from "../../core/endpoint.ts";
import type { Secret } from "../../core/secret.ts";
import type { Authority } from "../certificates/index.ts";
import type { Major } from "./binaries.ts";
import { build, type Built } from "./build.ts";
import { writeSettings } from "./cluster.ts";
import { freePort } from "./port.ts";
import { launch, type Postmaster } from "./postmaster.ts";
import { logTail, untilReady } from "./ready.ts";
import { baseSettings, type ServerSettings } from "./settings.ts";

export interface ServerOptions {
  /** `source`, `target`: names its folder below `folder`, and the server in messages. */
  readonly name: string;
  readonly major: Major;
  /** A temporary folder of the caller, who also removes it after stop(). */
  readonly folder: string;
  readonly authority: Authority;
  /** DNS names for the certificate, besides `localhost` and 127.0.0.1. */
  readonly hostNames?: readonly string[];
  readonly superuser: { readonly user: string; readonly password: Secret };
  /** A free one when absent; the same over restarts. */
  readonly port?: number;
  /** Over `baseSettings`. */
  readonly settings?: ServerSettings;
  /** Milliseconds for initdb's server to answer. */
  readonly deadlineMs?: number;
  readonly signal: AbortSignal;
}

/** As pg_ctl names them: `fast` ends sessions, `immediate` is a crash that recovers at the next start. */
export type StopMode = "smart" | "fast" | "immediate";

export interface Login {
  readonly user: string;
  readonly password: Secret;
  readonly database: string;
}

export interface Server {
  readonly name: string;
  readonly major: Major;
  /** `15.18` */
  readonly version: string;
  readonly host: "127.0.0.1";
  readonly port: number;
  /** The postmaster's; another one after a restart. */
  readonly pid: number;
  readonly running: boolean;
  readonly logFile: string;
  readonly dataFolder: string;
  readonly extensionFolder: string;
  /** PEM text of the authority that signed its certificate. */
  readonly ca: string;
  /** The same as a file, for `sslrootcert`. */
  readonly caFile: string;
  /** On the database `postgres`. */
  readonly superuser: Endpoint;
  /** TLS checked in full. */
  endpoint(login: Login): Endpoint;
  /** Nothing happens when it is stopped already. */
  stop(options?: { readonly mode?: StopMode }): Promise<void>;
  /** SIGKILL, as by a machine that dies. */
  kill(): Promise<void>;
  /** After stop() or kill(). */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** The settings are laid over those it has. */
  restart(options?: {
    readonly mode?: StopMode;
    readonly settings?: ServerSettings;
    readonly signal?: AbortSignal;
  }): Promise<void>;
  /** For settings that need no restart; sessions follow within moments, not at once. */
  reload(settings: ServerSettings): Promise<void>;
  pause(): Promise<void>;
  proceed(): Promise<void>;
  /** It will outlive this process; whoever says so tells a person how to end it. */
  release(): void;
}

const startDeadlineMs = 30_000;
const stopDeadlineMs = 30_000;
const signals = { smart: "SIGTERM", fast: "SIGINT", immediate: "SIGQUIT" } as const;

/** What the log says of a start that may succeed when tried again. */
const portTaken = /Address already in use/;
/** Processes of a killed postmaster may take a moment to let go of its memory. */
const memoryHeld = /pre-existing shared memory block/;

interface Up {
  readonly postmaster: Postmaster;
  readonly version: string;
  readonly port: number;
}

function login(built: Built, port: number, { user, password, database }: Login): Endpoint {
  const tls = { mode: "verify-full", ca: built.options.authority.ca } as const;
  return { host: "127.0.0.1", port, database, user, password, tls };
}

function superuserLogin(built: Built, port: number): Endpoint {
  return login(built, port, { ...built.options.superuser, database: "postgres" });
}

/** One launch. Leaves no process behind when it fails. */
async function launchOn(
  built: Built,
  port: number,
  settings: ServerSettings,
  signal: AbortSignal,
): Promise<Up> {
  const { account, dataFolder, folder, logFile, binaries, options } = built;
  await writeSettings(account, dataFolder, { ...settings, port: String(port) });
  const command = [binaries.postgres, "-D", dataFolder];
  const postmaster = await launch({ command, account, folder, logFile });
  try {
    const version = await untilReady({
      name: options.name,
      postmaster,
      superuser: superuserLogin(built, port),
      logFile,
      deadlineMs: options.deadlineMs ?? startDeadlineMs,
      signal,
    });
    return { postmaster, version, port };
  } catch (error) {
    await postmaster.kill();
    throw error;
  }
}

/** Tries another port, where one may be chosen, and waits for a killed server's memory. */
async function launchAnywhere(
  built: Built,
  wanted: number | undefined,
  settings: ServerSettings,
  signal: AbortSignal,
): Promise<Up> {
  const until = Date.now() + (built.options.deadlineMs ?? startDeadlineMs);
  for (;;) {
    const port = wanted ?? (await freePort());
    try {
      return await launchOn(built, port, settings, signal);
    } catch (error) {
      signal.throwIfAborted();
      const tail = await logTail(built.logFile, 5);
      const again = memoryHeld.test(tail) || (wanted === undefined && portTaken.test(tail));
      if (!again || Date.now() > until) throw error;
    }
  }
}

/**
 * Makes a data directory and starts a server on it, in about a second. It ends
 * when this process does, however this process ends, unless released.
 * Throws UsageError where no server can run, ActionError with the log's tail.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const built = await build(options);
  let settings: ServerSettings = { ...baseSettings, ...options.settings };
  let up = await launchAnywhere(built, options.port, settings, options.signal);

  const start: Server["start"] = async (given) => {
    if (up.postmaster.running) return;
    up = await launchAnywhere(
      built,
      up.port,
      settings,
      given?.signal ?? AbortSignal.timeout(startDeadlineMs),
    );
  };
  const stop: Server["stop"] = async (given) => {
    const { postmaster } = up;
    if (!postmaster.running) return;
    await postmaster.proceed();
    postmaster.signal(signals[given?.mode ?? "fast"]);
    try {
      await postmaster.ended(stopDeadlineMs);
    } catch (error) {
      await postmaster.kill();
      throw error;
    }
  };

  return {
    name: options.name,
    major: options.major,
    host: "127.0.0.1",
    ca: options.authority.ca,
    caFile: built.caFile,
    logFile: built.logFile,
    dataFolder: built.dataFolder,
    extensionFolder: built.binaries.extensionFolder,
    superuser: superuserLogin(built, up.port),
    port: up.port,
    get version() {
      return up.version;
    },
    get pid() {
      return up.postmaster.pid;
    },
    get running() {
      return up.postmaster.running;
    },
    endpoint: (who) => login(built, up.port, who),
    start,
    stop,
    kill: () => up.postmaster.kill(),
    restart: async (given) => {
      settings = { ...settings, ...given?.settings };
      await stop(given);
      await start(given);
    },
    reload: async (changed) => {
      settings = { ...settings, ...changed };
      await writeSettings(built.account, built.dataFolder, { ...settings, port: String(up.port) });
      up.postmaster.signal("SIGHUP");
    },
    pause: () => up.postmaster.pause(),
    proceed: () => up.postmaster.proceed(),
    release: () => up.postmaster.release(),
  };
}
