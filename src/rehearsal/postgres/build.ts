/** Everything that must lie on the disk before a server can start. Starts none. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { ExecaError } from "execa";
import { ActionError } from "../../core/errors.ts";
import { type Account, giveTo, letThrough, serverAccount } from "./account.ts";
import { type Binaries, copyBinaries } from "./binaries.ts";
import { createCluster } from "./cluster.ts";
import type { ServerOptions } from "./server.ts";

export interface Built {
  readonly options: ServerOptions;
  readonly account: Account;
  readonly binaries: Binaries;
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  /** The authority's certificate, for programs that take files. */
  readonly caFile: string;
}

/** Our words for what cp or initdb said; the signal's reason when it fired. */
function preparationError(error: unknown, options: ServerOptions): unknown {
  options.signal.throwIfAborted();
  if (!(error instanceof ExecaError)) return error;
  const said = String(error.stderr).trim() || error.shortMessage;
  return new ActionError(
    {
      message: `The rehearsal's PostgreSQL ${options.name} could not be prepared in ${options.folder}: ${said}`,
      meaning: "Only the rehearsal is affected; nothing outside this machine was touched.",
      remedy: "It needs about 100 MB there; another place is chosen with TMPDIR.",
    },
    { cause: error },
  );
}

/** Throws UsageError, ActionError, or the signal's reason. */
export async function build(options: ServerOptions): Promise<Built> {
  try {
    return await prepare(options);
  } catch (error) {
    throw preparationError(error, options);
  }
}

/** Programs, certificate and data directory, all of them below `options.folder/options.name`. */
async function prepare(options: ServerOptions): Promise<Built> {
  const { signal, name } = options;
  const account = await serverAccount();
  await letThrough(account, options.folder);
  const folder = path.join(options.folder, name);
  await mkdir(folder, { mode: 0o755 });
  await giveTo(account, folder);
  const hostNames = [...new Set([...(options.hostNames ?? []), "localhost"])];
  const [binaries, certificate] = await Promise.all([
    copyBinaries(options.major, folder, account, signal),
    options.authority.issue({ names: hostNames }),
  ]);
  const caFile = path.join(folder, "ca.crt");
  await writeFile(caFile, options.authority.ca, { mode: 0o644 });
  const dataFolder = path.join(folder, "data");
  const { user, password } = options.superuser;
  await createCluster({
    binaries,
    account,
    dataFolder,
    superuser: user,
    password,
    certificate,
    signal,
  });
  return {
    options,
    account,
    binaries,
    folder,
    dataFolder,
    logFile: path.join(folder, "server.log"),
    caFile,
  };
}
