/** Which dumps are there, and whole: pure. */
import type { Finding } from "../../core/finding.ts";
import { showSize } from "../../core/duration.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import type { DumpPresence } from "../../providers/postgres-tools/index.ts";

export interface SnapshotSeen {
  readonly folder: string;
  readonly databases: readonly {
    readonly name: string;
    readonly directory: string;
    readonly presence: DumpPresence;
  }[];
  readonly globals: boolean;
  /** When DigitalOcean's newest backup was made, ISO 8601. */
  readonly backup: string | undefined;
}

export function decideSnapshot(seen: SnapshotSeen, run: string): Verdict {
  const damaged = seen.databases.flatMap(({ name, directory, presence }): Finding[] =>
    presence.is === "damaged"
      ? [
          {
            code: "dump-damaged",
            severity: "blocks",
            message: `The dump of ${name} in ${directory} is not what its manifest says: ${presence.why}.`,
            remedy: `rm -r ${shellWord(directory)}   and then: opensauced-migrate run --resume   (dumps it anew)`,
          },
        ]
      : [],
  );
  const [finding, ...findings] = [...damaged, ...ofOtherRuns(seen, run)];
  if (finding !== undefined) return { is: "blocked", findings: [finding, ...findings] };
  const [action, ...actions] = [
    ...seen.databases
      .filter(({ presence }) => presence.is !== "whole")
      .map(({ name, directory }): Action => ({
        id: `dump ${name}`,
        summary: `Dump ${name} into ${directory}`,
        touches: "files",
        data: { name },
      })),
    ...(seen.globals
      ? []
      : [
          {
            id: "dump-roles",
            summary: "Dump the roles, without passwords",
            touches: "files",
          } as const,
        ]),
  ];
  const warnings: Finding[] =
    seen.backup === undefined
      ? [
          {
            code: "no-provider-backup",
            severity: "warns",
            message: "DigitalOcean lists no backup of the cluster yet; the dump is the only copy.",
          },
        ]
      : [];
  if (action !== undefined) {
    const because = "there is no whole dump of everything yet";
    return { is: "unmet", because, actions: [action, ...actions], warnings };
  }
  const bytes = seen.databases.reduce(
    (sum, { presence }) => sum + (presence.is === "whole" ? sizeOf(presence) : 0),
    0,
  );
  const newest =
    seen.backup === undefined ? "" : `; DigitalOcean's newest backup is of ${seen.backup}`;
  return {
    is: "satisfied",
    because: `dumps of ${seen.databases.map(({ name }) => name).join(", ")} (${showSize(bytes)}) and the roles are in ${seen.folder}${newest}`,
    warnings,
    facts: { bytes, folder: seen.folder },
  };
}

/** A dump of last week, or of another cluster, is whole too, and no copy of this source. */
function ofOtherRuns({ databases }: SnapshotSeen, run: string): Finding[] {
  return databases.flatMap(({ name, directory, presence }): Finding[] => {
    if (presence.is !== "whole" || presence.dump.manifest.facts["run"] === run) return [];
    const { startedAt, facts } = presence.dump.manifest;
    const of = typeof facts["run"] === "string" ? `run ${facts["run"]}` : "another run";
    return [
      {
        code: "dump-of-another-run",
        severity: "blocks",
        message: `The dump of ${name} in ${directory} was made by ${of}, begun at ${startedAt}; it is not overwritten, and it is no copy of what the source holds now.`,
        remedy: `mv ${shellWord(directory)} ${shellWord(`${directory}.${startedAt.slice(0, 10)}`)}   or another \`folder\` in the plan`,
      },
    ];
  });
}

/** For a POSIX shell. */
function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function sizeOf({ dump }: Extract<DumpPresence, { is: "whole" }>): number {
  return dump.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
}
