/**
 * `verify`: after the cut-over, is the target what it should be? Compares both
 * databases, sequences and configuration as they are now, and says plainly
 * what can no longer be told because applications write to the target.
 */
import path from "node:path";
import {
  clock,
  composeWorld,
  loadPlan,
  openJournalStore,
  type Composed,
  type Surroundings,
} from "../compose.ts";
import type { Checkpoint } from "../core/journal/checkpoint.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { Note, Step } from "../core/step.ts";
import { refusedDifferences } from "../steps/access-carried/refused.ts";
import type { Known } from "../steps/data-equal/accepted.ts";
import { manifestNoted } from "../steps/data-equal/manifest.ts";
import type { EqualSettings } from "../steps/data-equal/settings.ts";
import type { Verdict } from "../core/verdict.ts";
import { roleNaming } from "../steps/role-map.ts";
import { sourceDoubt } from "../steps/source-frozen/source-doubt.ts";
import { restOf } from "../verification/index.ts";
import { sidesOf } from "../steps/database-sides.ts";
import type { World } from "../steps/world.ts";
import type { Invocation, VerifyAnswer, VerifySection } from "./api.ts";
import {
  checkedOf,
  databaseSection,
  overall,
  unreadable,
  type SectionWords,
} from "./database-section.ts";
import { runsOf } from "./find-run.ts";
import { sourceSection } from "./source-section.ts";
import { targetSection } from "./target-section.ts";
import { freezeStands } from "./standing-freeze.ts";
import { remarkOn } from "./verify-remark.ts";
import { phaseText, tellingPauses, type VerifyOptions } from "./verify-options.ts";

export async function verify(
  invocation: Invocation,
  options: VerifyOptions,
  surroundings?: Surroundings,
): Promise<VerifyAnswer> {
  const at = clock.now().toISOString();
  const began = performance.now();
  const loaded = await loadPlan(invocation.planFile);
  const [latest] = await runsOf(openJournalStore(invocation.stateFolder), loaded.plan.name);
  const folder = path.join(invocation.stateFolder, latest?.run ?? "verify");
  const composed = await composeWorld(loaded, folder, surroundings);
  try {
    const written = latest?.pointOfNoReturn !== undefined;
    const refused = refusedDifferences(latest?.notes ?? []);
    const sections: VerifySection[] = [];
    const total = loaded.plan.databases.length + 1;
    // While the source is frozen, its users wait for the run and nobody is to be spared.
    const isFrozen = latest !== undefined && freezeStands(latest, loaded.plan);
    const pause = isFrozen ? undefined : options.pause;
    for (const { name } of loaded.plan.databases) {
      const tell = (text: string) =>
        options.progress?.({
          done: sections.length,
          total,
          unit: "sections",
          parts: [{ name, text }],
        });
      const words = { database: name, written, refused, notes: latest?.notes ?? [] };
      // oxlint-disable-next-line no-await-in-loop -- one database at a time: verify runs beside the applications
      sections.push(await planSection(composed.world, words, { ...options, pause }, tell));
    }
    options.progress?.({ done: sections.length, total, unit: "sections" });
    if (written) {
      sections.push(await sourceSection(composed.world, latest.notes, options.signal));
      sections.push(await targetSection(composed.world, options.signal));
    }
    sections.push(...(await stepSections(composed, loaded.plan, latest, options.signal)));
    const remark = remarkOn(latest, loaded.plan);
    return {
      checked: overall(sections),
      at,
      ...(remark === undefined ? {} : { remark }),
      sections,
      tookMs: performance.now() - began,
    };
  } finally {
    await composed.close();
  }
}

interface PlanWords extends Pick<SectionWords, "database" | "written">, Pick<Known, "refused"> {
  readonly notes: readonly Note[];
}

async function planSection(
  world: World,
  { database, written, refused, notes }: PlanWords,
  options: VerifyOptions,
  tell: (text: string) => void,
): Promise<VerifySection> {
  const steps = ["data-equal", "rest-equal"].flatMap(
    (kind) => world.settingsOfKind(kind) as readonly Pick<EqualSettings, "accept">[],
  );
  const accept = steps.flatMap((settings) => settings.accept);
  const { values = true } = options;
  const pauses = tellingPauses(`database ${database}`, options.paused);
  const since = written ? manifestNoted(notes, database) : undefined;
  const isCounted = since !== undefined && restOf(since).length > 0;
  return databaseSection(
    {
      title: `database ${database}`,
      database,
      written,
      since,
      sourceDoubt: isCounted ? await doubtOf(world, database, notes, options.signal) : undefined,
      knowing: { accept, refused },
      values,
    },
    {
      ...sidesOf(world, database),
      roles: roleNaming(world),
      sessions: options.sessions,
      pause: options.pause,
      signal: options.signal,
      onProgress: (progress) => {
        pauses(progress);
        tell(phaseText(progress));
      },
    },
  );
}

/** A source that cannot be asked is no source of which something is known. */
async function doubtOf(
  world: World,
  database: string,
  notes: readonly Note[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await sourceDoubt(world, database, notes, signal);
  } catch (error) {
    return unreadable(database, error, signal).summary;
  }
}

const standing = new Set(["config-repointed", "dns-flipped", "service-healthy", "access-carried"]);

/** The conditions that must still hold: looked at as a run would, and nothing applied. */
async function stepSections(
  composed: Composed,
  plan: Plan,
  latest: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<VerifySection[]> {
  const sections: VerifySection[] = [];
  for (const step of composed.steps.filter(({ kind }) => standing.has(kind))) {
    const title = plan.steps.find(({ id }) => id === step.id)?.id ?? step.id;
    try {
      // oxlint-disable-next-line no-await-in-loop -- in the plan's order
      const verdict = await settledLook(step, latest, signal);
      sections.push(stepSection(title, verdict));
    } catch (error) {
      sections.push(unreadable(title, error, signal));
    }
  }
  return sections;
}

/** Some conditions take several looks: good answers in a row, a resolver's cache. Milliseconds. */
const patienceMs = 30_000;
const lookAgainMs = 1000;

/** Looks until the verdict is no longer `waiting`, or has been for too long. */
async function settledLook(
  step: Step,
  latest: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<Verdict> {
  const until = clock.elapsed() + patienceMs;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const verdict = await step.look({
      run: latest?.run ?? "verify",
      step: step.id,
      notes: latest?.notes ?? [],
      approval: undefined,
      stops: [],
      preview: true,
      now: clock.now(),
      signal,
      remember: () => Promise.resolve(),
      report: () => undefined,
    });
    if (verdict.is !== "waiting" || clock.elapsed() > until) return verdict;
    // oxlint-disable-next-line no-await-in-loop -- a pause between two looks
    await clock.sleep(verdict.lookAgainInMs ?? lookAgainMs, signal);
    signal.throwIfAborted();
  }
}

function stepSection(title: string, verdict: Verdict): VerifySection {
  switch (verdict.is) {
    case "satisfied":
      return {
        title,
        checked: "equal",
        summary: verdict.because,
        findings: verdict.warnings ?? [],
      };
    case "blocked":
      return {
        title,
        checked: checkedOf(verdict.findings),
        summary: verdict.findings[0].message,
        findings: verdict.findings,
      };
    case "unmet":
      return { title, checked: "different", summary: verdict.because, findings: [] };
    case "waiting":
      return {
        title,
        checked: verdict.unread === true ? "could-not-check" : "different",
        summary: verdict.reason,
        findings: [],
      };
  }
}
