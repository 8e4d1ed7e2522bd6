import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { choosePlanFile } from "../../src/cli/plan-file.ts";
import { UsageError } from "../../src/core/errors.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "plan-file-"));
  await mkdir(path.join(folder, "migrations-plans"));
});

afterEach(() => rm(folder, { recursive: true }));

const put = (file: string) => writeFile(path.join(folder, file), "");

test("the only plan is taken, from either folder", async () => {
  await put("notes.yaml");
  await put("migrations-plans/api.plan.yaml");
  expect(await choosePlanFile(undefined, folder)).toBe("migrations-plans/api.plan.yaml");
});

test("several are listed and none is taken", async () => {
  await put("migrations-plans/api.plan.yaml");
  await put("other.plan.yaml");
  const error = await choosePlanFile(undefined, folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as UsageError).message).toContain(
    "There are 2:\n  migrations-plans/api.plan.yaml\n  other.plan.yaml",
  );
});

test("none is an error that says where was looked", async () => {
  await expect(choosePlanFile(undefined, folder)).rejects.toThrow(
    "neither ./migrations-plans nor the current folder",
  );
});

test("a named plan is taken as it is, there or not", async () => {
  expect(await choosePlanFile("there/is-none.yaml", folder)).toBe("there/is-none.yaml");
});
