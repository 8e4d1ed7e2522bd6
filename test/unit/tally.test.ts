/** What CI says of a test run: every way not to pass is counted, none is lost. */
import { expect, it } from "vitest";
import { tally } from "../../scripts/tally.ts";
import { needsPulumi } from "../support/pulumi-cli.ts";

const test = (status: "passed" | "failed" | "skipped" | "todo", whenSkipped?: string) => ({
  fullName: `is ${status}`,
  status,
  ...(whenSkipped === undefined ? {} : { meta: { whenSkipped } }),
});

const file = (
  name: string,
  assertionResults: readonly ReturnType<typeof test>[],
  message?: string,
) => ({
  name: `${process.cwd()}/test/${name}`,
  status: message === undefined ? ("passed" as const) : ("failed" as const),
  message: message ?? "",
  assertionResults,
});

it("counts and names", () => {
  const files = [
    file("a.test.ts", [test("passed"), test("passed"), test("skipped", "needs a pty")]),
    file("b.test.ts", [test("passed"), test("failed"), test("todo")], ""),
  ];
  expect(tally(files, true)).toEqual({
    passed: 3,
    failed: ["test/b.test.ts: is failed"],
    skipped: [
      "test/a.test.ts: is skipped (needs a pty)",
      "test/b.test.ts: is todo (not run, because its file failed)",
    ],
    mustRun: [],
  });
});

it("counts a file that did not load, or whose hook threw, as one failure", () => {
  const files = [
    file("a.test.ts", [], "Cannot find module\nat x"),
    file("b.test.ts", [test("skipped"), test("passed")], "beforeAll threw"),
  ];
  const { passed, failed, skipped } = tally(files, false);
  expect(passed).toBe(1);
  expect(failed).toEqual(["test/a.test.ts: Cannot find module", "test/b.test.ts: beforeAll threw"]);
  expect(skipped).toHaveLength(1);
});

it("in CI the real Pulumi must have been tried", () => {
  const files = [
    file("contract/pulumi-stack.test.ts", [test("skipped")]),
    file("unit/other.test.ts", [{ ...test("skipped"), fullName: "pulumi: elsewhere" }]),
    file("postgres/run-kills.test.ts", [test("skipped", needsPulumi.meta.whenSkipped)]),
  ];
  expect(tally(files, true).mustRun).toEqual([
    "test/contract/pulumi-stack.test.ts: is skipped (no reason given)",
    `test/postgres/run-kills.test.ts: is skipped (${needsPulumi.meta.whenSkipped})`,
  ]);
  expect(tally(files, false).mustRun).toEqual([]);
});
