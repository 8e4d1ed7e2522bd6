/** The answer of `explain`: the step kinds by the condition that they want; one of them in full. */
import { showDuration } from "../../../core/duration.ts";
import type { ExplainedKind } from "../../../migration/api.ts";
import type { Page } from "../page.ts";
import { pad, widthOf, wrap } from "../text.ts";

export function kindListLines(kinds: readonly ExplainedKind[], page: Page): string[] {
  const names = Math.max(0, ...kinds.map((kind) => widthOf(kind.kind)));
  return [
    "Step kinds, each named as the condition that it wants:",
    "",
    ...kinds.flatMap((kind) =>
      wrap(kind.condition, page.width, {
        first: `  ${pad(kind.kind, names)}  `,
        rest: " ".repeat(names + 4),
      }),
    ),
    "",
    "One of them in full: opensauced-migrate explain KIND",
  ];
}

export function kindLines(kind: ExplainedKind, page: Page): string[] {
  const { paint, width } = page;
  const title = (text: string) => ["", paint("bold", text)];
  return [
    paint("bold", kind.kind),
    ...wrap(kind.condition, width, { first: "  ", rest: "  " }),
    "",
    ...kind.details
      .split("\n")
      .flatMap((paragraph) => wrap(paragraph.trim(), width, { first: "  ", rest: "  " })),
    ...title("What it does"),
    ...actionLines(kind, page),
    ...title("Settings"),
    ...settingLines(kind, page),
    ...title("In a plan"),
    ...kind.example
      .trimEnd()
      .split("\n")
      .map((line) => `  ${line}`.trimEnd()),
    ...title("Order, time and undo"),
    ...orderLines(kind).flatMap((line) => wrap(line, width, { first: "  ", rest: "    " })),
  ];
}

function actionLines({ actions }: ExplainedKind, page: Page): string[] {
  if (actions.length === 0) return ["  It looks, and changes nothing."];
  return actions.flatMap(({ action, touches, does, crossesPointOfNoReturn, when }) => {
    const crosses = crossesPointOfNoReturn ? " This is the point of no return." : "";
    const undo = when === "undo" ? "undo: " : "";
    return wrap(`${undo}${action}: ${does}${crosses} [${touches}]`, page.width, {
      first: "  ",
      rest: "      ",
    });
  });
}

function settingLines(kind: ExplainedKind, page: Page): string[] {
  if (kind.settings.length === 0) return ["  none"];
  return kind.settings.flatMap((setting) => {
    const need = setting.required
      ? `required${setting.name.includes(".") ? " in it" : ""}`
      : setting.default === undefined
        ? "optional"
        : `default ${setting.default}`;
    return [
      ...wrap(`${setting.name}: ${setting.type}, ${need}`, page.width, {
        first: "  ",
        rest: "      ",
      }),
      ...wrap(setting.description, page.width, { first: "      ", rest: "      " }),
    ];
  });
}

function orderLines(kind: ExplainedKind): string[] {
  const undo = kind.undoable
    ? "Undone by `opensauced-migrate undo` before the point of no return."
    : "Leaves nothing behind that would have to be undone.";
  return [
    ...kind.after.map((rule) => `Comes after ${rule.kind}: ${rule.because}.`.replace(/\.\.$/, ".")),
    ...kind.before.map((rule) => `Comes before ${rule.kind}: ${rule.because}.`),
    `Gives up after ${showDuration(kind.deadlineMs)} unless the plan says \`deadline\`.`,
    ...(kind.undoneOnStop
      ? ["Undone at once when the run stops before the point of no return."]
      : []),
    undo,
  ];
}
