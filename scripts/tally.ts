/**
 * Reads Vitest's JSON report: names what failed and what was skipped and why,
 * and ends with one line, `N passed, N failed, N skipped`. Exits with 1 where
 * the report says that something is wrong. Arguments: the report's file.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

interface Test {
  readonly fullName: string;
  readonly status: "passed" | "failed" | "skipped" | "pending" | "todo" | "disabled";
  readonly meta?: { readonly whenSkipped?: string };
}

interface File {
  readonly name: string;
  readonly status: "passed" | "failed";
  readonly message: string;
  readonly assertionResults: readonly Test[];
}

export interface Tally {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  /** What must not be skipped where it is. */
  readonly mustRun: readonly string[];
}

const named = (file: File, test: Test): string =>
  `${path.relative(process.cwd(), file.name)}: ${test.fullName}`;

/** A file can fail without a failed test: it did not load, or a hook of it threw. */
function failures(file: File): readonly string[] {
  const tests = file.assertionResults.filter(({ status }) => status === "failed");
  if (tests.length > 0 || file.status === "passed") return tests.map((test) => named(file, test));
  return [`${path.relative(process.cwd(), file.name)}: ${file.message.split("\n")[0] ?? ""}`];
}

function omissions(file: File): readonly string[] {
  const unsaid = file.status === "failed" ? "not run, because its file failed" : "no reason given";
  return file.assertionResults
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map((test) => `${named(file, test)} (${test.meta?.whenSkipped ?? unsaid})`);
}

export function tally(files: readonly File[], inCi: boolean): Tally {
  const skipped = files.flatMap(omissions);
  return {
    passed: files
      .flatMap((file) => file.assertionResults)
      .filter(({ status }) => status === "passed").length,
    failed: files.flatMap(failures),
    skipped,
    // CI has Go, so the real Pulumi CLI is there.
    mustRun: inCi
      ? skipped.filter((test) => /^[^:]*pulumi[^:]*:|\(needs the Pulumi CLI/.test(test))
      : [],
  };
}

const list = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : `\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;

function main(report: string): void {
  const files = existsSync(report)
    ? (JSON.parse(readFileSync(report, "utf8")) as { readonly testResults: readonly File[] })
        .testResults
    : [];
  const { passed, failed, skipped, mustRun } = tally(files, process.env["CI"] === "true");
  process.stdout.write(
    list("Skipped:", skipped) +
      list("Skipped, although this must run in CI:", mustRun) +
      list("Failed:", failed) +
      (files.length === 0 ? "\nNo test ran.\n" : "") +
      `\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`,
  );
  if (failed.length > 0 || mustRun.length > 0 || passed === 0) process.exitCode = 1;
}

if (import.meta.main) main(process.argv[2] ?? "");
