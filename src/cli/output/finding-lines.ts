/**
 * Findings for people: what is so, the objects, and the remedy as a block to paste.
 * Names and values of databases are in them, and may hold line breaks: a line of
 * the report is never theirs to write.
 */
import type { Finding } from "../../core/finding.ts";
import { visible } from "../../core/visible.ts";
import type { Page } from "./page.ts";
import { cut, showCount, wrap } from "./text.ts";

const mostObjects = 10;
/** Findings of one code; a thousand tables may differ in the same way. */
const mostAlike = 20;

/**
 * Blocking ones first, then those that are unknown, then warnings. Of very many alike
 * the first ones, and how many more there are.
 */
export function findingLines(findings: readonly Finding[], page: Page, indent = "  "): string[] {
  const rank = { blocks: 0, unknown: 1, warns: 2 } as const;
  const sort = ({ severity, code }: Finding): string => `${severity} ${code}`;
  const alike = Map.groupBy(findings, sort);
  const met = new Map<string, number>();
  return findings
    .toSorted((a, b) => rank[a.severity] - rank[b.severity])
    .flatMap((finding) => {
      const all = alike.get(sort(finding))?.length ?? 0;
      const number = (met.get(sort(finding)) ?? 0) + 1;
      met.set(sort(finding), number);
      // The line that tells of one more would take as much as that one.
      if (page.verbose || number <= mostAlike || all === mostAlike + 1) {
        return oneFinding(finding, page, indent);
      }
      if (number > mostAlike + 1) return [];
      const text = `and ${showCount(all - mostAlike)} more like these [${finding.code}] (-v lists all ${showCount(all)})`;
      return withSymbol(text, finding, page, indent);
    });
}

function withSymbol(text: string, finding: Finding, page: Page, indent: string): string[] {
  const { symbol, colour } = looks(finding, page);
  const [first = "", ...rest] = wrap(text, page.width, {
    first: `${indent}${symbol} `,
    rest: `${indent}  `,
  });
  return [first.replace(symbol, () => page.paint(colour, symbol)), ...rest];
}

function oneFinding(finding: Finding, page: Page, indent: string): string[] {
  const text = `${looks(finding, page).word}${visible(finding.message)} [${finding.code}]`;
  const inner = `${indent}  `;
  return [
    ...withSymbol(text, finding, page, indent),
    ...objectLines(finding.objects ?? [], page, `${inner}  `),
    ...remedyLines(finding.remedy, page, inner),
  ];
}

function looks({ severity }: Finding, { paint: { symbols } }: Page) {
  switch (severity) {
    case "blocks":
      return { symbol: symbols.blocked, colour: "red", word: "" } as const;
    case "unknown":
      return { symbol: symbols.unknown, colour: "yellow", word: "Could not check: " } as const;
    case "warns":
      return { symbol: symbols.warns, colour: "yellow", word: "Warning: " } as const;
  }
}

function objectLines(objects: readonly string[], page: Page, indent: string): string[] {
  // The line that tells of one more would take as much as that one.
  const all = page.verbose || objects.length <= mostObjects + 1;
  const shown = all ? objects : objects.slice(0, mostObjects);
  const left = objects.length - shown.length;
  return [
    ...shown.flatMap((name) =>
      wrap(visible(name), page.width, { first: indent, rest: `${indent}  ` }),
    ),
    ...(left > 0
      ? [`${indent}and ${showCount(left)} more (-v lists all ${showCount(objects.length)})`]
      : []),
  ];
}

/** Never wrapped or cut: what is pasted must be whole. */
function remedyLines(remedy: string | undefined, page: Page, indent: string): string[] {
  if (remedy === undefined) return [];
  const lines = page.pasteable(remedy).trimEnd().split("\n");
  return [
    page.paint("dim", `${indent}To fix:`),
    ...lines.map((line) => `${indent}  ${line}`.trimEnd()),
  ];
}

/** One line for each, for answers that may still change: no alarm, as earlier steps may see to it. */
export function findingBriefs(findings: readonly Finding[], page: Page, indent: string): string[] {
  return findings.map((finding) => {
    const word = finding.severity === "blocks" ? "in the way: " : looks(finding, page).word;
    const objects = finding.objects === undefined ? "" : ` (${showCount(finding.objects.length)})`;
    return cut(`${indent}now: ${word}${visible(finding.message)}${objects}`, page.width);
  });
}
