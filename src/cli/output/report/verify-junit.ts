/**
 * The answer of `verify` as JUnit's XML, as CI systems read it: a suite for each
 * section, a case for each table. Different is a failure, could not check is an
 * error, and neither is a pass. Pure.
 */
import type { Finding } from "../../../core/finding.ts";
import { visible } from "../../../core/visible.ts";
import type { Checked, VerifyAnswer, VerifySection } from "../../../migration/api.ts";
import { escaped, escapedAttribute } from "./markup.ts";

interface Case {
  readonly name: string;
  readonly checked: Checked;
  readonly findings: readonly Finding[];
  /** Said where no finding says it. */
  readonly summary: string;
}

export function verifyJunit(answer: VerifyAnswer): string {
  const suites = answer.sections.map((section) => ({ section, cases: casesOf(section) }));
  const all = suites.flatMap(({ cases }) => cases);
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="opensauced-migrate verify" ${counts(all)} time="${(answer.tookMs / 1000).toFixed(3)}" timestamp="${escapedAttribute(answer.at)}">`,
    ...suites.flatMap(({ section, cases }) => [
      `  <testsuite name="${escapedAttribute(visible(section.title))}" ${counts(cases)}>`,
      ...cases.flatMap((one) => caseLines(section.title, one)),
      `    <system-out>${escaped([visible(section.summary), ...warningLines(section)].join("\n"))}</system-out>`,
      `  </testsuite>`,
    ]),
    `</testsuites>`,
    "",
  ].join("\n");
}

function casesOf({ title, tables, checked, summary, findings }: VerifySection): Case[] {
  if (tables === undefined) return [{ name: title, checked, summary, findings }];
  const ofTables = new Set(tables.flatMap((table) => table.findings));
  const rest = findings.filter((finding) => !ofTables.has(finding) && finding.severity !== "warns");
  const cases = tables.map((table): Case => ({ name: table.table, summary, ...table }));
  const others = rest.map((finding): Case => ({
    name: finding.message,
    checked: finding.severity === "blocks" ? "different" : "could-not-check",
    summary,
    findings: [finding],
  }));
  if (others.length > 0) return [...cases, ...others];
  // A section that is not equal must never come out as passed.
  const told = cases.some((one) => one.checked !== "equal");
  const name = "catalog, sequences and everything else";
  return [...cases, { name, summary, findings: [], checked: told ? "equal" : checked }];
}

function counts(cases: readonly Case[]): string {
  const of = (checked: Checked) => cases.filter((one) => one.checked === checked).length;
  return `tests="${cases.length}" failures="${of("different")}" errors="${of("could-not-check")}" skipped="0"`;
}

function findingText({ code, message, objects = [] }: Finding): string[] {
  return [`${visible(message)} [${code}]`, ...objects.map((object) => `  ${visible(object)}`)];
}

/** They fail no case, and JUnit has no other place for them. */
function warningLines({ findings }: VerifySection): string[] {
  return findings.filter(({ severity }) => severity === "warns").flatMap(findingText);
}

function caseLines(suite: string, { name, checked, findings, summary }: Case): string[] {
  const head = `    <testcase classname="${escapedAttribute(visible(suite))}" name="${escapedAttribute(visible(name))}"`;
  if (checked === "equal") return [`${head}/>`];
  const element = checked === "different" ? "failure" : "error";
  const grave = findings.filter(({ severity }) => severity !== "warns");
  const [first] = grave;
  const text = grave.flatMap(findingText);
  return [
    `${head}>`,
    `      <${element} type="${escapedAttribute(first?.code ?? checked)}" message="${escapedAttribute(visible(first?.message ?? summary))}">${escaped(text.join("\n"))}</${element}>`,
    `    </testcase>`,
  ];
}
