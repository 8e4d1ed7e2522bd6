/** The answer of `verify`: equal, different, or could not check, and by which figures. */
import { showDuration } from "../../../core/duration.ts";
import { visible } from "../../../core/visible.ts";
import type { Checked, VerifyAnswer, VerifySection } from "../../../migration/api.ts";
import { findingLines } from "../finding-lines.ts";
import type { Page } from "../page.ts";
import type { Colour } from "../paint.ts";
import { wrap } from "../text.ts";

export function verifyLines(answer: VerifyAnswer, page: Page): string[] {
  const { paint } = page;
  const sections = answer.sections.flatMap((section) => {
    const { symbol, colour, word } = looks(section.checked, page);
    const text = wrap(visible(`${section.title}: ${word}. ${section.summary}`), page.width - 2, {
      rest: "  ",
    });
    return [
      `${paint(colour, symbol)} ${text[0] ?? ""}`,
      ...text.slice(1),
      ...placeLines(section, page),
      ...findingLines(section.findings, page),
    ];
  });
  const remark = wrap(answer.remark ?? "", page.width, { rest: "  " });
  const whole = looks(answer.checked, page);
  const last = wrap(
    `${sentence(answer.checked)} (${showDuration(answer.tookMs)})`,
    page.width - 2,
    { rest: "  " },
  );
  return [
    ...sections,
    "",
    ...(answer.remark === undefined ? [] : remark.map((line) => paint("yellow", line))),
    `${paint(whole.colour, whole.symbol)} ${paint("bold", last[0] ?? "")}`,
    ...last.slice(1),
  ];
}

/** A wrong name in a connection string is seen here, and nowhere else. */
function placeLines({ places }: VerifySection, { paint, width }: Page): string[] {
  if (places === undefined) return [];
  const text = visible(`source ${places.source}, target ${places.target}`);
  return wrap(text, width, { first: "  ", rest: "  " }).map((line) => paint("dim", line));
}

function looks(
  checked: Checked,
  { paint: { symbols } }: Page,
): { symbol: string; colour: Colour; word: string } {
  switch (checked) {
    case "equal":
      return { symbol: symbols.satisfied, colour: "green", word: "equal" };
    case "different":
      return { symbol: symbols.blocked, colour: "red", word: "DIFFERENT" };
    case "could-not-check":
      return { symbol: symbols.unknown, colour: "yellow", word: "COULD NOT CHECK" };
  }
}

function sentence(checked: Checked): string {
  switch (checked) {
    case "equal":
      return "Equal: everything that was compared is the same on both sides.";
    case "different":
      return "Different: the findings above name what is not the same on both sides.";
    case "could-not-check":
      return "Could not check: this proves nothing, neither that the sides are equal nor that they differ.";
  }
}
