/**
 * Hands a connection to libpq through a 0600 service file and password file in
 * a private folder, so that no password is on a command line or in an
 * environment. The folder goes when the use ends; one left by a killed process
 * goes with the next use.
 */
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import type { Endpoint } from "../../core/endpoint.ts";
import { UsageError } from "../../core/errors.ts";
import { writing } from "../../core/file-failure.ts";

const prefix = "opensauced-migrate-libpq-";

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

async function removeLeftovers(parent: string): Promise<void> {
  const uid = process.getuid?.();
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = name.startsWith(prefix)
      ? Number(name.slice(prefix.length).split("-")[0])
      : Number.NaN;
    if (!Number.isInteger(pid) || alive(pid)) continue;
    const folder = path.join(parent, name);
    const info = await stat(folder).catch(() => undefined);
    if (info?.uid === uid) await rm(folder, { recursive: true, force: true });
  }
}

/** A service file has no quoting: a line ends the value, and blanks around it are cut. */
function serviceLine(name: string, value: string): string {
  if (/[\r\n\0]/.test(value) || value !== value.trim()) {
    throw new UsageError({
      message: `The ${name} of the database cannot be given to pg_dump: it has a line break or blanks at its ends.`,
    });
  }
  return `${name}=${value}`;
}

function serviceFile(endpoint: Endpoint, folder: string, roots: string | undefined): string {
  const mode =
    endpoint.tls.mode === "require" && endpoint.tls.ca !== undefined
      ? "verify-ca"
      : endpoint.tls.mode;
  return [
    "[migration]",
    serviceLine("host", endpoint.host),
    serviceLine("port", String(endpoint.port)),
    serviceLine("dbname", endpoint.database),
    serviceLine("user", endpoint.user),
    serviceLine("sslmode", mode),
    // Named even where there is none: libpq would fall back on the user's own.
    serviceLine("sslrootcert", roots ?? path.join(folder, "none")),
    "gssencmode=disable",
    "connect_timeout=15",
    "keepalives_idle=10",
    "keepalives_interval=10",
    "keepalives_count=6",
    // Keep-alives are not sent while something is unacknowledged (libpq 12).
    "tcp_user_timeout=60000",
    "application_name=opensauced-migrate",
    "",
  ].join("\n");
}

function passwordFile(endpoint: Endpoint): string {
  const password = endpoint.password.reveal();
  if (/[\r\n\0]/.test(password)) {
    throw new UsageError({
      message: `The password of "${endpoint.user}" has a line break in it, which libpq's password file cannot hold.`,
    });
  }
  return `*:*:*:*:${password.replaceAll(/[\\:]/g, String.raw`\$&`)}\n`;
}

/** Calls `use` with the environment that makes libpq connect to the endpoint by default. */
export async function withCredentials<T>(
  endpoint: Endpoint,
  use: (env: { readonly [name: string]: string }) => Promise<T>,
): Promise<T> {
  const parent = os.tmpdir();
  await removeLeftovers(parent);
  const written = {
    file: `What PostgreSQL's programs log in with (a folder in ${parent})`,
    meaning: "The program was not started.",
  };
  const folder = await writing(written, () =>
    mkdtemp(path.join(parent, `${prefix}${process.pid}-`)),
  );
  const write = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder, name);
    await writing(written, () => writeFile(file, text, { mode: 0o600, flag: "wx" }));
    return file;
  };
  try {
    const { mode, ca } = endpoint.tls;
    // libpq before 16 has no "the system's authorities"; Node's are the ones that the driver trusts too.
    const trusted = mode.startsWith("verify") ? (ca ?? tls.rootCertificates.join("\n")) : ca;
    const roots = trusted === undefined ? undefined : await write("roots.pem", trusted);
    return await use({
      HOME: folder,
      PGSERVICEFILE: await write("services", serviceFile(endpoint, folder, roots)),
      PGSERVICE: "migration",
      PGPASSFILE: await write("passwords", passwordFile(endpoint)),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
