/** What `verify` writes for CI and for browsers, from names that are made to break it. */
import { describe, expect, test } from "vitest";
import { verifyHtml } from "../../src/cli/output/report/verify-html.ts";
import { verifyJunit } from "../../src/cli/output/report/verify-junit.ts";
import type { Finding } from "../../src/core/finding.ts";
import type { VerifyAnswer } from "../../src/migration/api.ts";

const nasty = `"x"."]]><a b='1'>&\u0000\u001b[31m\n\ud800-->"`;

const differs: Finding = {
  code: "contents-differ",
  severity: "blocks",
  message: `api: ${nasty}: contents differ`,
  objects: ["1 row changed", `changed in ${nasty}: id = </failure>`],
};
const unread: Finding = {
  code: "could-not-check-permission-denied",
  severity: "unknown",
  message: "closed",
};
const missing: Finding = { code: "index-missing", severity: "blocks", message: "an index" };
const warning: Finding = { code: "no-tables", severity: "warns", message: "a warning" };

const table = (name: string, checked: VerifyAnswer["checked"], findings: readonly Finding[]) => ({
  table: name,
  checked,
  sourceRows: checked === "could-not-check" ? undefined : 1234,
  targetRows: 1234,
  depth: "contents" as const,
  findings,
});

const answer: VerifyAnswer = {
  checked: "different",
  at: "2026-11-28T12:00:00.000Z",
  tookMs: 1500,
  sections: [
    {
      title: `database ${nasty}`,
      checked: "different",
      summary: "figures & more",
      findings: [differs, unread, missing, warning],
      tables: [
        table("equal", "equal", []),
        table(nasty, "different", [differs]),
        table("closed", "could-not-check", [unread]),
      ],
    },
    { title: "api-is-healthy", checked: "different", summary: "it is not", findings: [] },
    { title: "lost", checked: "could-not-check", summary: "gone", findings: [], tables: [] },
  ],
};

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const reference = /&(?!(?:amp|lt|gt|quot|#39|#10|#13|#9);)/;
const attribute = /^\s+([\w:-]+)="([^"<]*)"/;

/** Every element in order; throws where a strict parser of XML would. */
function elementsOf(xml: string): Element[] {
  // oxlint-disable-next-line no-control-regex -- they are what XML forbids
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(xml)) throw new Error("control");
  if (!xml.isWellFormed()) throw new Error("half a character");
  if (reference.test(xml)) throw new Error("a bare &");
  const [, body = ""] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n([^]*)$/.exec(xml) ?? [];
  const open: string[] = [];
  const found: Element[] = [];
  for (const [tag, text] of pieces(body)) {
    if (open.length === 0 && text.trim() !== "") throw new Error("text outside of the root");
    if (text.includes("]]>")) throw new Error("]]> in a text");
    if (tag === "") continue;
    const [, close, name = "", rest = "", empty] = /^<(\/?)([\w-]+)([^]*?)(\/?)>$/.exec(tag) ?? [];
    if (name === "") throw new Error(`no tag: ${tag}`);
    if (close === "/") {
      if (open.pop() !== name) throw new Error(`</${name}> closes another`);
      continue;
    }
    found.push({ name, attributes: attributesOf(rest) });
    if (empty !== "/") open.push(name);
  }
  if (open.length > 0) throw new Error(`${open.join(", ")} not closed`);
  return found;
}

/** A tag, and the text before it. Attributes hold no `>` that is not written as a reference. */
function pieces(body: string): (readonly [string, string])[] {
  const parts = body.split(/(<[^>]*>)/);
  return parts.flatMap((part, at) => (at % 2 === 0 ? [[parts[at + 1] ?? "", part] as const] : []));
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  let rest = text;
  for (let match = attribute.exec(rest); match !== null; match = attribute.exec(rest)) {
    if (Object.hasOwn(found, match[1] ?? "")) throw new Error("an attribute twice");
    found[match[1] ?? ""] = match[2] ?? "";
    rest = rest.slice(match[0].length);
  }
  if (rest.trim() !== "") throw new Error(`no attribute: ${rest}`);
  return found;
}

describe("JUnit", () => {
  const elements = elementsOf(verifyJunit(answer));
  const named = (name: string) => elements.filter((element) => element.name === name);

  test("the reader of this test refuses what is not well-formed", () => {
    const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
    expect(() => elementsOf(`${head}<a><b></a></b>`)).toThrow("closes another");
    expect(() => elementsOf(`${head}<a>&</a>`)).toThrow("bare");
    expect(() => elementsOf(`${head}<a b="1" b="2"/>`)).toThrow("twice");
    expect(() => elementsOf(`${head}<a>`)).toThrow("not closed");
  });

  test("one case for each table, and one for each finding that is about no table", () => {
    const cases = named("testcase").map(({ attributes }) => attributes["name"]);
    expect(cases).toHaveLength(6);
    expect([cases[0], ...cases.slice(2)]).toEqual([
      "equal",
      "closed",
      "an index",
      "api-is-healthy",
      "catalog, sequences and everything else",
    ]);
    expect(cases[1]).toMatch(/^&quot;x&quot;/);
  });

  test("warnings fail nothing and are told beside the figures", () => {
    expect(verifyJunit(answer)).toContain(
      "<system-out>figures &amp; more\na warning [no-tables]</system-out>",
    );
  });

  test("different is a failure, could not check an error, and the figures add up", () => {
    expect(named("failure").map(({ attributes }) => attributes["type"])).toEqual([
      "contents-differ",
      "index-missing",
      "different",
    ]);
    expect(named("error").map(({ attributes }) => attributes["type"])).toEqual([
      "could-not-check-permission-denied",
      "could-not-check",
    ]);
    expect(named("testsuites")[0]?.attributes).toMatchObject({
      tests: "6",
      failures: "3",
      errors: "2",
    });
  });
});

describe("HTML", () => {
  const html = verifyHtml(answer);

  test("holds the verdict, and every name as text", () => {
    expect(html).toContain('<h1 class="different">Different</h1>');
    expect(html).not.toContain("<a b=");
    expect(html).toContain("&lt;a b=&#39;1&#39;&gt;&amp;");
    expect(html).toContain("not counted");
    expect(html).toContain("1,234");
  });

  test("needs nothing from anywhere", () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:/i);
    expect(html).toContain("default-src 'none'");
  });
});
