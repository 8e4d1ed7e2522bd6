import { describe, expect, it } from "vitest";
import { parsePlan } from "../../src/core/plan/parse.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import { edited, kinds, planText, problems } from "../support/plan-text.ts";

describe("a sound plan", () => {
  it("is read with its defaults, units and references as written", () => {
    const plan = parsePlan(planText, "p.yaml", kinds);
    expect(plan).toMatchObject({
      name: "opensauced",
      source: { digitalocean: { user: "doadmin", password: "${env:SOURCE_PASSWORD}" } },
      target: { azure: { server: "opensauced-flex", password: "${file:secrets/target}" } },
      databases: [{ name: "insights", roles: ["api", "pizza"] }, { name: "oven" }],
    });
    expect(plan.steps).toEqual([
      { id: "preflight-passed", kind: "preflight-passed", deadlineMs: undefined, settings: {} },
      {
        id: "data-streaming",
        kind: "data-streaming",
        deadlineMs: 43_200_000,
        settings: { maxLag: 10_000_000, online: true },
      },
      {
        id: "source-frozen",
        kind: "source-frozen",
        deadlineMs: undefined,
        settings: { sessionsWithin: 30_000 },
      },
      { id: "data-equal", kind: "data-equal", deadlineMs: undefined, settings: {} },
      {
        id: "dns-flipped",
        kind: "dns-flipped",
        deadlineMs: undefined,
        settings: { records: [{ name: "db.opensauced.pizza", ttl: 30 }] },
      },
    ]);
  });

  it("has a digest over what it says, not over how it is laid out", () => {
    const { digest } = parsePlan(planText, "p.yaml", kinds);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const relaid = `\uFEFF${planText.replaceAll("\n", "\r\n")}# a remark\n`;
    expect(parsePlan(relaid, "other.yaml", kinds).digest).toBe(digest);
    expect(parsePlan(edited("maxLag: 10MB", "maxLag: 11MB"), "p.yaml", kinds).digest).not.toBe(
      digest,
    );
  });
});

describe("each problem, at its place", () => {
  it.each([
    ["name: opensauced\n", "name: Open Sauced\n", ["3:7 name: lower-case letters, digits and `-`"]],
    ["    cluster: opensauced-prod\n", "", ["6:5 source.digitalocean.cluster: is missing"]],
    ["version: 1\n", "", ["2:1 version: is missing"]],
    ["version: 1\n", "version: 2\n", ["2:10 version: this program knows plans of version 1"]],
    [
      "    cluster:",
      "    clutser:",
      [
        "6:5 source.digitalocean.cluster: is missing",
        "7:5 source.digitalocean.clutser: unknown key; did you mean `cluster`?",
      ],
    ],
    [
      "    maxLag: 10MB",
      "    max_lag: 10MB",
      ["32:5 steps[1].max_lag: unknown key; did you mean `maxLag`?"],
    ],
    [
      "    maxLag: 10MB",
      "    maxLag: 10 MB",
      ["32:13 steps[1].maxLag: a size such as `10MB` or `2GiB`"],
    ],
    [
      "deadline: 12h",
      "deadline: 12",
      ["31:15 steps[1].deadline: a duration such as `30s`, `5m` or `1h30m`"],
    ],
    ["deadline: 12h", "deadline: 9999d", ["31:15 steps[1].deadline: at most 365d"]],
    [
      "        ttl: 30",
      "        ttl: 30\n        extra: x",
      ["43:9 steps[4].records[0].extra: unknown key; known are `name`, `ttl`"],
    ],
    [
      "        ttl: 30",
      "        ttl: 30\n    quorum: 3",
      ["43:13 steps[4].quorum: more than there are records"],
    ],
    [
      "kind: source-frozen",
      "kind: source-frozn",
      [
        "34:11 steps[2].kind: `source-frozn` is not a step kind; did you mean `source-frozen`?",
        "37:11 steps[3].kind: `data-equal` needs a step of kind `source-frozen` before it: a source that is written to is never equal",
      ],
    ],
    [
      "id: data-equal",
      "id: source-frozen",
      ["36:9 steps[3].id: `source-frozen` is already the id of step 3"],
    ],
    [
      "id: data-equal",
      "id: Data Equal",
      ["36:9 steps[3].id: lower-case words joined by `-`, such as `source-frozen`"],
    ],
    [
      "    roles: [pizza]",
      "    roles: [piza]",
      [
        "25:13 databases[1].roles[0]: `piza` is not among the plan's `roles`; did you mean `pizza`?",
      ],
    ],
    [
      "  - name: oven",
      "  - name: insights",
      ["24:11 databases[1].name: `insights` is listed twice"],
    ],
    [
      "  - name: pizza\n",
      "  - name: pizza\n    password: ${env:X}\n  - name: pizza\n",
      ["21:11 roles[2].name: `pizza` is listed twice"],
    ],
    [
      "  - id: data-equal\n    kind: data-equal\n",
      "  - data-equal\n",
      [
        "36:5 steps[3].kind: a step is a mapping with `id` and `kind`",
        "38:11 steps[4].kind: `dns-flipped` needs a step of kind `data-equal` before it: nothing may be sent to an unproven copy",
      ],
    ],
  ])("%s -> %s", (from, to, expected) => {
    expect(problems(edited(from, to))).toEqual(expected);
  });

  it("tells a wrong order by the step that must come first", () => {
    const moved = edited(
      "  - id: source-frozen\n    kind: source-frozen\n    sessionsWithin: 30s\n",
      "",
    );
    expect(problems(`${moved}  - id: frozen-late\n    kind: source-frozen\n`)).toEqual([
      "34:11 steps[2].kind: `data-equal` must come after `frozen-late`: a source that is written to is never equal",
    ]);
  });

  it("tells all of them at once, from top to bottom", () => {
    const text = planText
      .replace("name: opensauced\n", "name: Open\n")
      .replace("cluster:", "clutser:")
      .replace("roles: [pizza]", "roles: [piza]")
      .replace("deadline: 12h", "deadline: soon")
      .replace("kind: source-frozen", "kind: frozen")
      .replace("ttl: 30", "ttl: 0");
    const lines = problems(text).map((problem) => Number(problem.split(":")[0]));
    expect(lines).toEqual([3, 6, 7, 25, 31, 34, 37, 42]);
  });

  it("prints as file:line:column, and says that nothing was changed", () => {
    const parse = () => parsePlan(edited("version: 1", "version: 3"), "my plan.yaml", kinds);
    expect(parse).toThrow(PlanError);
    expect(parse).toThrow(/^my plan\.yaml:2:10: version: /);
  });
});

describe("what is not a plan", () => {
  it.each([
    ["", "1:1 the file is empty; a plan is a mapping"],
    ["\n# only a remark\n", "1:1 the file is empty; a plan is a mapping"],
    ["- a\n- b\n", "1:1 a plan is a mapping"],
    ["just words", "1:1 a plan is a mapping"],
    ["version: 1\nversion: 1\n", "2:1 this key stands here twice"],
    ["version: 1\nsource:\n\tdigitalocean: x\n", "3:1 a tab used for indentation"],
    ["a: &x 1\nb: *x\n", "anchors and aliases (`&`, `*`) are not allowed"],
    ["a: *nowhere\n", "1:4 anchors and aliases"],
    ["version: 1\n---\nversion: 1\n", "2:1 a plan is one document"],
    ["%YAML 1.1\n---\nversion: 1\n? [a, b]\n: 1\n", "4:3 a key must be a plain text"],
    ["version: !secret x\n", "1:10 tags (`!`) are not allowed"],
    ["%FOO bar\n---\nversion: 1\n", "1:1 directives (`%`) are not allowed"],
    ["name: caf\uFFFD\n", "1:1 the file is not UTF-8"],
    [`name: ${"x".repeat(200_000)}\n`, "1:1 the file is longer than 100,000 characters"],
    [`a: ${"[".repeat(5000)}`, "nested too deeply"],
    [`a: ${"[".repeat(5000)}${"]".repeat(5000)}`, "nested too deeply"],
    ['name: "open\n', "something is missing here: a closing quote"],
    ["name: a: b\n", "1:7 a second `:` on one line"],
  ])("%j", (text, expected) => {
    const told = problems(text);
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(40);
    expect(told.join("\n")).toContain(expected);
  });

  it("has keys that JavaScript treats specially refused like any other", () => {
    expect(problems(edited("version: 1\n", "version: 1\nconstructor: x\n"))).toEqual([
      expect.stringMatching(/^3:1 constructor: unknown key/),
    ]);
    const parsed = edited("version: 1\n", "version: 1\n__proto__: {polluted: yes}\n");
    problems(parsed);
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
  });
});
