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
  const last = wrap(`${sentence(answer)} (${showDuration(answer.tookMs)})`, page.width - 2, {
    rest: "  ",
  });
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

/** Things, not sorts of them. */
function mayBeCosmetic({ sections }: VerifyAnswer): number {
  return sections
    .flatMap(({ findings }) => findings)
    .filter(({ code }) => code.endsWith("-may-be-cosmetic"))
    .reduce((sum, { objects }) => sum + (objects?.length ?? 1), 0);
}

function sentence(answer: VerifyAnswer): string {
  switch (answer.checked) {
    case "equal": {
      const odd = mayBeCosmetic(answer);
      return odd === 0
        ? "Equal: everything that was compared is the same on both sides."
        : `Equal, but for ${odd === 1 ? "1 thing" : `${odd} things`} that may be cosmetic (above).`;
    }
    case "different":
      return "Different: the findings above name what is not the same on both sides.";
    case "could-not-check":
      return "Could not check: this proves nothing, neither that the sides are equal nor that they differ.";
  }
}
