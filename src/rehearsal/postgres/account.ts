/**
 * Which user the servers run as: PostgreSQL refuses to run as root, so root
 * lends them an unprivileged account; everybody else runs them as themselves.
 */
import { chmod, chown, stat } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { UsageError } from "../../core/errors.ts";

/** Undefined: ourselves. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/** `postgres` where a package made it, else `nobody`, which every system has. */
const lent = ["postgres", "nobody"] as const;

async function lookUp(name: string): Promise<Account> {
  const [uid, gid] = await Promise.all([
    execa("id", ["-u", name], { reject: false }),
    execa("id", ["-g", name], { reject: false }),
  ]);
  if (uid.exitCode !== 0 || gid.exitCode !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

async function find(): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of lent) {
    const account = await lookUp(name);
    if (account !== undefined) return account;
  }
  throw new UsageError({
    message: `PostgreSQL refuses to run as root, and this machine has neither of the users ${lent.join(" and ")} to lend it.`,
    remedy: "Run as an ordinary user, or create one: useradd --system postgres",
  });
}

let found: Promise<Account> | undefined;

export function serverAccount(): Promise<Account> {
  found ??= find();
  return found;
}

/** Hands files and folders over. Nothing to do when the servers run as ourselves. */
export async function giveTo(account: Account, ...paths: readonly string[]): Promise<void> {
  if (account === undefined) return;
  await Promise.all(paths.map((each) => chown(each, account.uid, account.gid)));
}

/**
 * Lets the account pass through a folder of ours (mkdtemp closes it to
 * others). Folders above it are not ours to open: throws UsageError instead.
 */
export async function letThrough(account: Account, folder: string): Promise<void> {
  if (account === undefined) return;
  await chmod(folder, 0o711);
  for (let above = path.dirname(path.resolve(folder)); ; above = path.dirname(above)) {
    const { mode } = await stat(above);
    if ((mode & 0o001) === 0) {
      throw new UsageError({
        message: `PostgreSQL cannot run as root, and the user it would run as cannot enter ${above}, below which its data would lie.`,
        remedy:
          "Use a temporary folder that is open to all (TMPDIR=/tmp), or run as an ordinary user.",
      });
    }
    if (above === path.dirname(above)) return;
  }
}
