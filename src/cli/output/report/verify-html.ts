/**
 * The answer of `verify` as one page that needs nothing else: no script, no
 * font, no picture from anywhere. Readable on a narrow screen and on paper. Pure.
 */
import { showDuration } from "../../../core/duration.ts";
import type { Finding } from "../../../core/finding.ts";
import type { Checked, CheckedTable, VerifyAnswer, VerifySection } from "../../../migration/api.ts";
import { escapedOnOneLine as escaped, escaped as escapedLines } from "./markup.ts";
import { style } from "./verify-style.ts";

const words: Readonly<Record<Checked, string>> = {
  equal: "Equal",
  different: "Different",
  "could-not-check": "Could not check",
};

const sentences: Readonly<Record<Checked, string>> = {
  equal: "Everything that was compared is the same on both sides.",
  different: "What is not the same on both sides is named below.",
  "could-not-check": "This proves nothing, neither that the sides are equal nor that they differ.",
};

const severities: Readonly<Record<Finding["severity"], string>> = {
  blocks: "Different",
  unknown: "Could not check",
  warns: "Warning",
};

export function verifyHtml(answer: VerifyAnswer): string {
  const { checked } = answer;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${words[checked]}: opensauced-migrate verify</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="tool">opensauced-migrate verify</p>
<h1 class="${checked}">${words[checked]}</h1>
<p>${sentences[checked]}</p>
<p class="tool">Begun ${escaped(answer.at)}, took ${escaped(showDuration(answer.tookMs))}.</p>
${answer.sections.map(sectionHtml).join("\n")}
</main>
</body>
</html>
`;
}

function sectionHtml(section: VerifySection): string {
  return `<section>
<h2><span>${escaped(section.title)}</span> ${badge(section.checked)}</h2>
<p>${escaped(section.summary)}</p>
${placesHtml(section)}${findingsHtml(section.findings)}${tablesHtml(section.tables ?? [])}</section>`;
}

function placesHtml({ places }: VerifySection): string {
  if (places === undefined) return "";
  return `<p class="tool">Source <code>${escaped(places.source)}</code>, target <code>${escaped(places.target)}</code></p>\n`;
}

function badge(checked: Checked): string {
  return `<span class="badge ${checked}">${words[checked]}</span>`;
}

const rank = { blocks: 0, unknown: 1, warns: 2 } as const;

function findingsHtml(findings: readonly Finding[]): string {
  const sorted = findings.toSorted((a, b) => rank[a.severity] - rank[b.severity]);
  if (sorted.length === 0) return "";
  return `<ul class="findings">\n${sorted.map(findingHtml).join("\n")}\n</ul>\n`;
}

function findingHtml({ code, severity, message, objects = [], remedy }: Finding): string {
  const list = objects.map((object) => `<li>${escaped(object)}</li>`).join("");
  return `<li class="${severity}"><strong>${severities[severity]}:</strong> ${escaped(message)} <code>${escaped(code)}</code>${
    list === "" ? "" : `<ul>${list}</ul>`
  }${remedy === undefined ? "" : `<pre>${escapedLines(remedy)}</pre>`}</li>`;
}

/** What is not equal comes first: nobody scrolls through ten thousand tables for it. */
const order: Readonly<Record<Checked, number>> = { different: 0, "could-not-check": 1, equal: 2 };

function tablesHtml(tables: readonly CheckedTable[]): string {
  if (tables.length === 0) return "";
  const rows = tables.toSorted((a, b) => order[a.checked] - order[b.checked]).map(rowHtml);
  return `<table>
<thead><tr><th>Table</th><th class="rows">Rows, source</th><th class="rows">Rows, target</th><th>Answer</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
`;
}

function rowHtml({ table, sourceRows, targetRows, checked }: CheckedTable): string {
  return `<tr><td>${escaped(table)}</td><td class="rows">${rowsText(sourceRows)}</td><td class="rows">${rowsText(targetRows)}</td><td>${badge(checked)}</td></tr>`;
}

/** Not counted is not zero. */
function rowsText(rows: number | undefined): string {
  return rows === undefined ? "not counted" : rows.toLocaleString("en-US");
}
