/** The summary of a rehearsal: what took how long, and what the writing client lived through. */
import { showDuration } from "../../../core/duration.ts";
import type { RehearsalAnswer } from "../../../migration/api.ts";
import { stepLine, nameWidth } from "../step-line.ts";
import type { Page } from "../page.ts";
import { count, pad, showCount, widthOf, wrap } from "../text.ts";

export function rehearsalLines(answer: RehearsalAnswer, page: Page): string[] {
  return [
    "",
    page.paint("bold", "Rehearsal"),
    ...stepLines(answer, page),
    "",
    ...figureLines(answer, page),
    ...errorLines(answer, page),
    ...placeLines(answer, page),
    "",
    ...verdictLines(answer, page),
  ];
}

const unprovenWords = {
  satisfied: "",
  begun: "begun, not satisfied",
  undone: "undone when the run stopped",
  "not-reached": "not reached",
} as const;

function stepLines({ run }: RehearsalAnswer, page: Page): string[] {
  if (run === undefined) return ["  The run did not begin."];
  const { symbols } = page.paint;
  const { steps } = run.report;
  const names = nameWidth(steps.map((step) => step.id));
  return steps.map((step) => {
    const end = step.tookMs === undefined ? "" : showDuration(step.tookMs);
    const text = step.because ?? unprovenWords[step.state];
    return step.state === "satisfied"
      ? stepLine(
          { symbol: symbols.satisfied, colour: "green", id: step.id, text, end },
          names,
          page,
        )
      : stepLine({ symbol: symbols.later, colour: "dim", id: step.id, text, end }, names, page);
  });
}

function figureLines(answer: RehearsalAnswer, page: Page): string[] {
  const { client } = answer;
  const compared =
    answer.rowsCompared === undefined
      ? "none proven equal"
      : showCount(answer.rowsCompared) +
        (answer.tablesCompared === undefined ? "" : ` in ${count(answer.tablesCompared, "table")}`);
  const figures: readonly (readonly [string, string])[] = [
    ["rows compared", compared],
    ["writes acknowledged", showCount(client.acknowledged)],
    [
      "writes missing",
      client.missing === undefined ? "could not check" : showCount(client.missing),
    ],
    ...(answer.run?.report.writesStoppedMs === undefined
      ? []
      : [
          [
            "outage by the run",
            `${showCount(answer.run.report.writesStoppedMs)} ms, from the freeze until the re-pointing was proven`,
          ] as const,
        ]),
    [
      "outage of the client",
      `${showCount(Math.round(client.longestOutageMs))} ms, from its last write before to its first after`,
    ],
    ...client.outageByStep.map(
      ({ step, ms }) => [`  during ${step}`, `${showCount(Math.round(ms))} ms`] as const,
    ),
    [
      "re-pointed through",
      answer.repointedThrough === "pulumi" ? "the Pulumi CLI" : "an env file: no pulumi was found",
    ],
    ["whole rehearsal", showDuration(answer.tookMs)],
  ];
  const names = Math.max(...figures.map(([name]) => widthOf(name)));
  return figures.flatMap(([name, value]) =>
    wrap(value, page.width, { first: `  ${pad(name, names)}  `, rest: " ".repeat(names + 4) }),
  );
}

function errorLines({ client }: RehearsalAnswer, page: Page): string[] {
  const say = (text: string) => wrap(text, page.width, { first: "    ", rest: "      " });
  const missing = client.missingExamples.slice(0, 10);
  const errors = client.errors.slice(0, 5);
  return [
    ...(missing.length === 0 ? [] : say(`missing: ${missing.join(", ")}`)),
    ...(errors.length === 0 ? [] : ["  What the client was told while it could not write:"]),
    ...errors.flatMap(({ error, count: times }) => say(`${showCount(times)} x ${error}`)),
  ];
}

/** Paths and connections are never broken: they are pasted. */
function placeLines({ places }: RehearsalAnswer, page: Page): string[] {
  if (places.length === 0) return [];
  const names = Math.max(...places.map((place) => widthOf(place.label)));
  const fits = places.every((place) => names + 4 + widthOf(place.where) <= page.width);
  return [
    "",
    ...places.flatMap(({ label, where }) =>
      fits ? [`  ${pad(label, names)}  ${where}`] : [`  ${label}`, `    ${where}`],
    ),
  ];
}

function verdictLines({ sound, run, client }: RehearsalAnswer, page: Page): string[] {
  const { paint, width } = page;
  const say = (symbol: string, text: string) =>
    wrap(text, width - 2, { first: `${symbol} `, rest: "  " });
  if (sound) {
    return say(
      paint("green", paint.symbols.satisfied),
      "As it should be: migrated, equal, and no acknowledged write is missing.",
    );
  }
  if (run !== undefined && run.ending !== "finished" && client.missing === 0) {
    const at = run.stop?.step === undefined ? "" : ` in step ${run.stop.step}`;
    return say(
      paint("yellow", paint.symbols.gate),
      `Not migrated: the run ended as ${run.ending}${at}. Proven all the same: of ${showCount(client.acknowledged)} acknowledged writes none is missing from the database that the client writes to.`,
    );
  }
  const why = [
    ...(run === undefined
      ? ["the run did not begin"]
      : run.ending === "finished"
        ? []
        : [`the run ended as ${run.ending}`]),
    ...(client.missing === undefined ? ["whether writes are missing could not be checked"] : []),
    ...(client.missing !== undefined && client.missing > 0
      ? [`${count(client.missing, "acknowledged write")} missing`]
      : []),
  ];
  return say(
    paint("red", paint.symbols.blocked),
    `Not as it should be: ${why.length === 0 ? "see above" : why.join("; ")}.`,
  );
}

export interface ListedFault {
  readonly name: string;
  readonly group: string;
  readonly imitates: string;
  readonly source: string;
}

/** Long names would leave no room beside them at 80 columns: what a fault does stands below it. */
export function faultLines(faults: readonly ListedFault[], page: Page): string[] {
  const { paint, width } = page;
  const indent = { first: "      ", rest: "      " };
  const groups = [...new Set(faults.map(({ group }) => group))];
  return [
    ...wrap(
      "What can be made to go wrong in a rehearsal: `rehearse --fault NAME`, also several of them. Under each name: what it imitates, and where that was seen.",
      width,
    ),
    ...groups.flatMap((group) => [
      "",
      paint("bold", group),
      ...faults
        .filter((fault) => fault.group === group)
        .flatMap(({ name, imitates, source }) => [
          `  ${name}`,
          ...wrap(imitates, width, indent),
          ...wrap(`(${source})`, width, indent).map((line) => paint("dim", line)),
        ]),
    ]),
  ];
}
