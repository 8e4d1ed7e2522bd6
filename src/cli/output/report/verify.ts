/** The answer of `verify`: equal, different, or could not check, and by which figures. */
import { showDuration } from "../../../core/duration.ts";
import type { Checked, VerifyAnswer } from "../../../migration/api.ts";
import { findingLines } from "../finding-lines.ts";
import type { Page } from "../page.ts";
import type { Colour } from "../paint.ts";
import { wrap } from "../text.ts";

export function verifyLines(answer: VerifyAnswer, page: Page): string[] {
  const { paint } = page;
  const sections = answer.sections.flatMap((section) => {
    const { symbol, colour, word } = looks(section.checked, page);
    const text = wrap(`${section.title}: ${word}. ${section.summary}`, page.width - 2, {
      rest: "  ",
    });
    return [
      `${paint(colour, symbol)} ${text[0] ?? ""}`,
      ...text.slice(1),
      ...findingLines(section.findings, page),
    ];
  });
  const whole = looks(answer.checked, page);
  const last = wrap(
    `${sentenceOf(answer.checked)} (${showDuration(answer.tookMs)})`,
    page.width - 2,
    { rest: "  " },
  );
  return [
    ...sections,
    "",
    `${paint(whole.colour, whole.symbol)} ${paint("bold", last[0] ?? "")}`,
    ...last.slice(1),
  ];
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

export function sentenceOf(checked: Checked): string {
  switch (checked) {
    case "equal":
      return "Equal: everything that was compared is the same on both sides.";
    case "different":
      return "Different: the findings above name what is not the same on both sides.";
    case "could-not-check":
      return "Could not check: this proves nothing, neither that the sides are equal nor that they differ.";
  }
}
