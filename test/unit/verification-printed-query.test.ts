import { describe, expect, it } from "vitest";
import { comparePrinted as compare } from "../../src/verification/catalog/printed-query.ts";
import { tokens } from "../../src/verification/catalog/query-tokens.ts";

const comparePrinted = (source: string, target: string, sameMajor = false) =>
  compare(source, target, { mayBeBare: !sameMajor });

describe("a printed query", () => {
  it.each([
    [
      "select a.b, 'it''s' || E'\\'a.b'",
      ["select", "a", ".", "b", ",", "'it''s'", "||", "E'\\'a.b'"],
    ],
    ['"a.b"."C""d" "plain"', ['"a.b"', ".", '"C""d"', "plain"]],
    ["$x$ a.b $ $y$ $x$ $1::text", ["$x$ a.b $ $y$ $x$", "$1", "::", "text"]],
    ["f(1.5e-3,-2)\n  [3]", ["f", "(", "1.5e-3", ",", "-", "2", ")", "[", "3", "]"]],
    ["größe<=B'01'", ["größe", "<=", "B'01'"]],
  ])("%s has these words", (text, expected) => {
    expect(tokens(text).map((token) => token.text)).toEqual(expected);
  });

  const view = (text: string) => ` SELECT ${text};`;

  it.each([
    [
      "the columns of a single table bare",
      view("u.id,\n    u.name\n   FROM app.users u\n  WHERE (u.id > 1)"),
      view("id,\n    name\n   FROM app.users u\n  WHERE (id > 1)"),
    ],
    [
      "the columns outside of a sub-select bare",
      view("a.id FROM a WHERE (EXISTS (SELECT 1 FROM b WHERE (b.id = a.id)))"),
      view("id FROM a WHERE (EXISTS (SELECT 1 FROM b WHERE (b.id = a.id)))"),
    ],
    ["everything of it", view("t.*::text AS t FROM s.t"), view("*::text AS t FROM s.t")],
    [
      "columns after a FROM that is none of a query",
      view(
        "EXTRACT(year FROM o.ts), TRIM(BOTH FROM o.s), SUBSTRING(o.s FROM o.n) FROM o WHERE (o.a IS DISTINCT FROM o.b)",
      ),
      view(
        "EXTRACT(year FROM ts), TRIM(BOTH FROM s), SUBSTRING(s FROM n) FROM o WHERE (a IS DISTINCT FROM b)",
      ),
    ],
    [
      "functions read side by side",
      view("z.a FROM ROWS FROM(generate_series(1, 2), unnest(x)) WITH ORDINALITY z(a, b, c)"),
      view("a FROM ROWS FROM(generate_series(1, 2), unnest(x)) WITH ORDINALITY z(a, b, c)"),
    ],
    [
      "an AND that comes first in another",
      view("u.id FROM u WHERE (((u.a >= 1) AND (u.a <= 9)) AND u.b)"),
      view("id FROM u WHERE ((a >= 1) AND (a <= 9) AND b)"),
    ],
    [
      "names that only one of both quotes",
      view('"T"."json_table" FROM "T"'),
      view('json_table FROM "T"'),
    ],
  ])("is the same with %s", (_, older, newer) => {
    expect(comparePrinted(older, newer)).toBe("same");
    expect(comparePrinted(newer, older)).toBe("same");
  });

  it.each([
    ["EXISTS (SELECT 'x'::text FROM t u)", "EXISTS (SELECT 'x'::text AS text FROM t u)"],
    ["EXISTS (SELECT '-1'::integer FROM t)", "EXISTS (SELECT '-1'::integer AS int4 FROM t)"],
    [
      "x IN (SELECT 'a'::text UNION SELECT 'b'::text)",
      "x IN (SELECT 'a'::text AS text UNION SELECT 'b'::text AS text)",
    ],
    [
      "ARRAY(SELECT 'x'::character varying(3))",
      "ARRAY(SELECT 'x'::character varying(3) AS \"varchar\")",
    ],
    [
      "ARRAY(SELECT NULL::timestamp(3) with time zone LIMIT 1)",
      "ARRAY(SELECT NULL::timestamp(3) with time zone AS timestamptz LIMIT 1)",
    ],
    ["EXISTS (SELECT 'a'::s.mood)", "EXISTS (SELECT 'a'::s.mood AS mood)"],
    ["EXISTS (SELECT '{}'::text[])", "EXISTS (SELECT '{}'::text[] AS text)"],
    [
      "WITH w(a) AS (SELECT 'x'::text) SELECT a FROM w",
      "WITH w(a) AS (SELECT 'x'::text AS text) SELECT a FROM w",
    ],
    ["SELECT q.a FROM (SELECT 'x'::text) q(a)", "SELECT q.a FROM (SELECT 'x'::text AS text) q(a)"],
  ])("is the same with a column that its cast names: %s", (stored, restored) => {
    for (const sameMajor of [true, false]) {
      expect(comparePrinted(stored, restored, sameMajor)).toBe("same");
      expect(comparePrinted(restored, stored, sameMajor)).toBe("same");
    }
  });

  it.each([
    ["SELECT q FROM (SELECT 'x'::text) q", "SELECT q FROM (SELECT 'x'::text AS text) q", "perhaps"],
    [
      "WITH w AS (SELECT 'x'::text) SELECT w FROM w",
      "WITH w AS (SELECT 'x'::text AS text) SELECT w FROM w",
      "perhaps",
    ],
    ["EXISTS (SELECT 'x'::text)", "EXISTS (SELECT 'x'::text AS other)", "different"],
    ["EXISTS (SELECT 'x'::text)", "EXISTS (SELECT 'x'::varchar AS text)", "different"],
    ["EXISTS (SELECT 'x'::text)", "EXISTS (SELECT 'y'::text AS text)", "different"],
  ])(
    "is not the same where others may call the column so, or it is called otherwise: %s",
    (one, other, sameness) => {
      expect(comparePrinted(one, other, true)).toBe(sameness);
      expect(comparePrinted(other, one, true)).toBe(sameness);
    },
  );

  it("leaves out no qualifier within one major", () => {
    expect(comparePrinted(view("t.a FROM t"), view("a FROM t"), true)).toBe("different");
  });

  const joined = view(
    "a.x, b.x FROM (s.a JOIN s.b ON ((a.id = b.id))) WHERE ((a.y OR b.y) AND a.z)",
  );

  it.each([
    ["a WHERE that is gone", view("t.a FROM t WHERE t.b"), view("a FROM t")],
    ["another join", joined, joined.replace("JOIN", "LEFT JOIN")],
    ["another table", view("t.a FROM s.t"), view("a FROM s.u t")],
    ["a table of another schema", view("t.a FROM s.t"), view("a FROM r.t")],
    ["a table without its schema", view("t.a FROM s.t"), view("a FROM t")],
    ["columns of the same name exchanged", joined, joined.replace("a.x, b.x", "b.x, a.x")],
    ["another column", view("t.a FROM t"), view("b FROM t")],
    ["operands exchanged", view("t.a - t.b FROM t"), view("b - a FROM t")],
    ["a function of another schema", view("s.f(t.a) FROM t"), view("f(a) FROM t")],
    ["a type of another schema", view("t.a::s.mood FROM t"), view("a::mood FROM t")],
    ["other brackets", joined, joined.replace("((a.y OR b.y) AND a.z)", "(a.y OR (b.y AND a.z))")],
    [
      "rows of one side counted, and not of both",
      view("count(*) AS n FROM (a FULL JOIN b USING (id))"),
      view("count(b.*) AS n FROM (a FULL JOIN b USING (id))"),
    ],
    [
      "a constant in place of a column",
      view('t.a FROM t WHERE t."true"'),
      view("a FROM t WHERE true"),
    ],
    ["a type of another name", view(`'x'::"char" FROM t`), view("'x'::char FROM t")],
    [
      "the year of another table's",
      view("EXTRACT(year FROM (SELECT max(x.ts) FROM s.x)) FROM o"),
      view("EXTRACT(year FROM (SELECT max(x.ts) FROM r.x)) FROM o"),
    ],
    ["another text", view("'t.a' FROM t"), view("'a' FROM t")],
    ["another name in quotes", view('t."a.b" FROM t'), view('"b" FROM t')],
    [
      "another rule",
      "CREATE RULE r AS ON INSERT TO s.t DO INSTEAD NOTHING",
      "CREATE RULE r AS ON INSERT TO s.t DO NOTHING",
    ],
  ])("is different with %s", (_, source, target) => {
    expect(comparePrinted(source, target)).toBe("different");
  });

  it.each([
    [
      "a merged column that one text has of one side",
      view("a.v FROM (a FULL JOIN b USING (id)) WHERE (id > 3)"),
      view("a.v FROM (a FULL JOIN b USING (id)) WHERE (b.id > 3)"),
    ],
    [
      "a table read in place of a query of its name",
      "WITH b AS (SELECT a.id FROM a WHERE a.active) SELECT a.id FROM a, b WHERE (a.id = b.id)",
      "WITH b AS (SELECT a.id FROM a WHERE a.active) SELECT a.id FROM a, public.b WHERE (a.id = b.id)",
    ],
    [
      "a qualifier gone within a sub-select",
      view("a.id FROM a WHERE (EXISTS (SELECT 1 FROM b WHERE (b.id = a.id)))"),
      view("id FROM a WHERE (EXISTS (SELECT 1 FROM b WHERE (b.id = id)))"),
    ],
    ["the qualifiers of two tables gone", joined, joined.replace("a.x, b.x", "x, x")],
  ])("may be the same with %s", (_, source, target) => {
    expect(comparePrinted(source, target)).toBe("perhaps");
  });
});
