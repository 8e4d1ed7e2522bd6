/**
 * A data directory: initdb, certificate, who may connect, settings. Starts no
 * server. TLS with a password is the only way in, as on both clouds.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import type { Secret } from "../../core/secret.ts";
import type { Issued } from "../certificates/index.ts";
import { type Account, giveTo } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { type ServerSettings, settingsText } from "./settings.ts";

export interface ClusterOptions {
  readonly binaries: Binaries;
  readonly account: Account;
  readonly dataFolder: string;
  readonly superuser: string;
  readonly password: Secret;
  readonly certificate: Issued;
  readonly signal: AbortSignal;
}

/** The environment of the server's programs; ours may hold PGDATA and the like. */
export const serverEnvironment = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" } as const;

const settingsFile = "rehearsal.conf";

/** `hostssl`: a connection in the clear is refused, with SQLSTATE 28000. */
const clientAuthentication = `# type database user address method
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl replication all 127.0.0.1/32 scram-sha-256
`;

/** The one UTF-8 locale that minimal Linux images carry; macOS has no such name. */
const locale = process.platform === "linux" ? "C.UTF-8" : "en_US.UTF-8";

async function writeOwned(account: Account, file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await giveTo(account, file);
}

/** Rewritten whole, so that a setting left out is back at its default. Read at start or reload. */
export async function writeSettings(
  account: Account,
  dataFolder: string,
  settings: ServerSettings,
): Promise<void> {
  await writeOwned(account, path.join(dataFolder, settingsFile), settingsText(settings));
}

export async function createCluster(options: ClusterOptions): Promise<void> {
  const { account, dataFolder, binaries, signal } = options;
  await mkdir(dataFolder, { mode: 0o700 });
  const passwordFile = `${dataFolder}.password`;
  await giveTo(account, dataFolder);
  await writeOwned(account, passwordFile, `${options.password.reveal()}\n`);
  try {
    await execa(
      binaries.initdb,
      [
        `--pgdata=${dataFolder}`,
        `--username=${options.superuser}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        `--locale=${locale}`,
        "--data-checksums",
        "--no-sync",
        "--no-instructions",
      ],
      {
        ...account,
        cwd: dataFolder,
        env: serverEnvironment,
        extendEnv: false,
        cancelSignal: signal,
        stdin: "ignore",
      },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await Promise.all([
    writeOwned(account, path.join(dataFolder, "server.crt"), options.certificate.cert),
    writeOwned(account, path.join(dataFolder, "server.key"), options.certificate.key),
    writeOwned(account, path.join(dataFolder, "pg_hba.conf"), clientAuthentication),
    writeFile(path.join(dataFolder, "postgresql.conf"), `\ninclude '${settingsFile}'\n`, {
      flag: "a",
    }),
  ]);
}
