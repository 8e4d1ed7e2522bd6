import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ActionError, UsageError } from "../../src/core/errors.ts";
import { Secret } from "../../src/core/secret.ts";
import {
  hashText,
  patchEnvFile,
  readEnvFile,
  restoreEnvFile,
  writeEnvFile,
} from "../../src/providers/env-file/index.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "osm-env-"));
  file = path.join(folder, "app.env");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const url = new Map([["DATABASE_URL", new Secret("postgres://u:p w@new/db")]]);

it("leaves nothing of a process that was killed while it wrote", async () => {
  const left = path.join(folder, ".app.env.opensauced-migrate.tmp");
  await writeFile(left, "DATABASE_URL=postgres://u:secret@new/db\n", { mode: 0o600 });
  await patchEnvFile(await readEnvFile(file), url);
  expect(await readdir(folder)).toEqual(["app.env"]);
});

it("is changed whole, private, with nothing left beside it", async () => {
  await writeFile(file, "# kept\nDATABASE_URL=old\nOTHER=1\n", { mode: 0o644 });
  const before = await readEnvFile(file);
  expect(before).toMatchObject({
    exists: true,
    mode: 0o644,
    sha256: hashText("# kept\nDATABASE_URL=old\nOTHER=1\n"),
  });
  const after = await patchEnvFile(before, url);
  expect(await readFile(file, "utf8")).toBe(
    "# kept\nDATABASE_URL='postgres://u:p w@new/db'\nOTHER=1\n",
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(after.values.get("DATABASE_URL")?.reveal()).toBe("postgres://u:p w@new/db");
  expect(JSON.stringify([before, after])).not.toContain("postgres:");
  expect(await readdir(folder)).toEqual(["app.env"]);
});

it("is left alone when there is nothing to change: same file, not a copy", async () => {
  await writeFile(file, "DATABASE_URL='postgres://u:p w@new/db'\n", { mode: 0o600 });
  const { ino } = await stat(file);
  await patchEnvFile(await readEnvFile(file), url);
  expect((await stat(file)).ino).toBe(ino);
});

it("that is not there yet is made, and goes when the change is taken back", async () => {
  const before = await readEnvFile(file);
  expect(before).toMatchObject({ exists: false, mode: undefined });
  const after = await patchEnvFile(before, url);
  await restoreEnvFile(file, before, after.sha256);
  expect(await readdir(folder)).toEqual([]);
});

it("gets its pre-image back to the byte, but not over what someone wrote since", async () => {
  const text = "A=1\r\n\n#end";
  await writeFile(file, text);
  const before = await readEnvFile(file);
  const after = await patchEnvFile(before, url);
  await restoreEnvFile(file, before, after.sha256);
  expect(await readFile(file, "utf8")).toBe(text);
  await writeFile(file, "SOMEONE=else\n");
  await expect(restoreEnvFile(file, before, after.sha256)).rejects.toBeInstanceOf(ActionError);
  expect(await readFile(file, "utf8")).toBe("SOMEONE=else\n");
});

it("that changed since it was read is not overwritten", async () => {
  await writeFile(file, "A=1\n");
  const before = await readEnvFile(file);
  await writeFile(file, "A=2\n");
  await expect(patchEnvFile(before, url)).rejects.toBeInstanceOf(ActionError);
  expect(await readFile(file, "utf8")).toBe("A=2\n");
  expect(await readdir(folder)).toEqual(["app.env"]);
});

it.each([
  ["a symbolic link", () => symlink(path.join(folder, "elsewhere"), file)],
  ["a folder", () => mkdir(file)],
  [
    "a file with two names",
    async () => {
      await writeFile(file, "A=1\n");
      await link(file, path.join(folder, "second"));
    },
  ],
])("%s is refused", async (_, make) => {
  await make();
  await expect(readEnvFile(file)).rejects.toBeInstanceOf(UsageError);
  await expect(writeEnvFile(file, new Secret("A=2\n"), hashText(""))).rejects.toBeInstanceOf(
    UsageError,
  );
});

it("names and values that no environment can hold are refused", async () => {
  const before = await readEnvFile(file);
  await expect(
    patchEnvFile(before, new Map([["BAD NAME", new Secret("")]])),
  ).rejects.toBeInstanceOf(UsageError);
  await expect(patchEnvFile(before, new Map([["A", new Secret("\0")]]))).rejects.toBeInstanceOf(
    UsageError,
  );
});

it.skipIf(process.getuid?.() === 0)(
  "a folder that may not be written to is an error that leaves the file",
  { meta: { whenSkipped: "root may write everywhere" } },
  async () => {
    await writeFile(file, "A=1\n");
    const before = await readEnvFile(file);
    await chmod(folder, 0o500);
    try {
      await expect(patchEnvFile(before, url)).rejects.toBeInstanceOf(ActionError);
    } finally {
      await chmod(folder, 0o700);
    }
  },
);
