/** Which dumps count: whole ones, of this run. */
import { describe, expect, it } from "vitest";
import type { DumpPresence } from "../../src/providers/postgres-tools/index.ts";
import { decideSnapshot, type SnapshotSeen } from "../../src/steps/source-snapshotted/decide.ts";
import { findingsOf } from "../support/preflight.ts";

function whole(run: string): DumpPresence {
  const manifest = {
    format: 1 as const,
    database: "api",
    tool: "pg_dump 17.10",
    snapshot: "s",
    startedAt: "2026-11-16T21:00:00.000Z",
    endedAt: "2026-11-16T21:05:00.000Z",
    entries: 1,
    tablesWithData: 1,
    facts: { run },
    files: [{ path: "toc.dat", bytes: 1000, sha256: "a" }],
  };
  return { is: "whole", dump: { directory: "/snapshots/my db", manifest } };
}

function decide(presence: DumpPresence, more: Partial<SnapshotSeen> = {}) {
  const databases = [{ name: "my db", directory: "/snapshots/my db", presence }];
  const seen = { folder: "/snapshots", databases, globals: true, backup: "then", ...more };
  return decideSnapshot(seen, "r1");
}

describe("decideSnapshot", () => {
  it("is satisfied by whole dumps of this run, and the roles", () => {
    expect(decide(whole("r1"))).toMatchObject({ is: "satisfied", facts: { bytes: 1000 } });
    expect(decide(whole("r1"), { globals: false })).toMatchObject({
      actions: [{ id: "dump-roles" }],
    });
  });

  it.each<DumpPresence>([{ is: "none" }, { is: "partial" }])("dumps what is %o", (presence) => {
    expect(decide(presence)).toMatchObject({ is: "unmet", actions: [{ id: "dump my db" }] });
  });

  it("takes no damaged one, nor one of another run, and deletes neither", () => {
    expect(findingsOf(decide({ is: "damaged", why: "it has no manifest" }))).toMatchObject([
      {
        code: "dump-damaged",
        remedy: expect.stringContaining("rm -r '/snapshots/my db' ") as string,
      },
    ]);
    expect(findingsOf(decide(whole("r0")))).toMatchObject([
      {
        code: "dump-of-another-run",
        remedy: expect.stringContaining(
          "mv '/snapshots/my db' '/snapshots/my db.2026-11-16'",
        ) as string,
      },
    ]);
  });

  it("warns when the provider has no backup", () => {
    expect(findingsOf(decide(whole("r1"), { backup: undefined }))).toMatchObject([
      { code: "no-provider-backup", severity: "warns" },
    ]);
  });
});
