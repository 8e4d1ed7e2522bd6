import { describe, expect, it } from "vitest";
import { bindingPart } from "../../src/core/plan/binding.ts";
import { changedFields } from "../../src/core/plan/change.ts";
import { planJsonSchema } from "../../src/core/plan/plan.ts";
import { readPieces } from "../../src/core/plan/reference.ts";
import { kinds } from "../support/plan-text.ts";

describe("changedFields", () => {
  it.each<[unknown, unknown, string[]]>([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ steps: [{ lag: "10s" }] }, { steps: [{ lag: "1m" }] }, ['steps[0].lag: "10s" -> "1m"']],
    [{ a: 1 }, { b: 1 }, ["a: 1 -> (absent)", "b: (absent) -> 1"]],
    [[1], [1, 2], ["[1]: (absent) -> 2"]],
    [{ a: [1] }, { a: { "0": 1 } }, ['a: [1] -> {"0":1}']],
    [{ a: null }, {}, ["a: null -> (absent)"]],
    [{ a: 1 }, { a: "1" }, ['a: 1 -> "1"']],
    [1, 2, ["1 -> 2"]],
  ])("%j to %j", (before, after, told) => {
    expect(changedFields(before, after)).toEqual(told);
  });
});

describe("what binds a run", () => {
  const step = { id: "data-equal", kind: "data-equal", refuse: true };
  const plan = (more: object) => ({ name: "p", steps: [{ ...step, ...more }] });

  it("is all but waits, sessions, and differences that are known and wanted", () => {
    const waits = { deadline: "1h", stall: "2h", arrivesWithin: "1m", timeout: "5s", every: "1s" };
    const sessions = { sessions: 4, maxConnections: 8, within: "30s" };
    const changed = plan({ ...waits, ...sessions, accept: ['index-missing "public"."i"'] });
    expect(changedFields(bindingPart(plan({})), bindingPart(changed))).toEqual([]);
    expect(changedFields(bindingPart(plan({})), bindingPart(plan({ refuse: false })))).toEqual([
      "steps[0].refuse: true -> false",
    ]);
    expect(changedFields(bindingPart(plan({})), bindingPart({ ...plan({}), deadline: 1 }))).toEqual(
      ["deadline: (absent) -> 1"],
    );
  });
});

describe("references", () => {
  it("are read with the text around them", () => {
    expect(readPieces("a${env:B}c${file:d/e f}${target:api@insights.url}")).toEqual([
      { literal: "a" },
      { reference: { from: "env", name: "B" } },
      { literal: "c" },
      { reference: { from: "file", path: "d/e f" } },
      { reference: { from: "target", role: "api", database: "insights", part: "url" } },
    ]);
    expect(readPieces("$ { } $env {env:X}")).toEqual([{ literal: "$ { } $env {env:X}" }]);
    expect(readPieces("")).toEqual([]);
  });

  it.each([
    "${env:}",
    "${env:1A}",
    "${env:A-B}",
    "${env:A",
    "${file:}",
    "${FILE:x}",
    "${}",
    "${A}",
    "${target:api}",
    "${target:api@insights}",
    "${target:api@insights.dsn}",
    "${target:@insights.url}",
    "ok ${env:A} then ${",
  ])("are refused when malformed: %s", (text) => {
    expect(typeof readPieces(text)).toBe("string");
  });
});

describe("the JSON Schema", () => {
  it("knows every kind with its settings, as they are written and not as they are parsed", () => {
    const schema = planJsonSchema(kinds) as {
      properties: { steps: { items: { oneOf: object[] } } };
    };
    const steps = schema.properties.steps.items.oneOf as {
      properties: Record<string, unknown>;
      required: string[];
    }[];
    expect(steps.length).toBe(kinds.length);
    const streaming = steps[1];
    expect(streaming?.properties["maxLag"]).toMatchObject({
      type: "string",
      description: expect.any(String),
    });
    expect(streaming?.required.toSorted()).toEqual(["id", "kind"]);
    expect(JSON.stringify(schema)).toContain('"additionalProperties":false');
  });
});
