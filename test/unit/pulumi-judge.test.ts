import { describe, expect, it } from "vitest";
import { UnreadableError } from "../../src/core/errors.ts";
import {
  isStateful,
  judgePreview,
  type Preview,
  type PreviewRules,
  readPreview,
} from "../../src/providers/pulumi/index.ts";

const secretUrn = "urn:pulumi:prod::apps::kubernetes:core/v1:Secret::api-db";
const serverUrn = "urn:pulumi:prod::apps::azure-native:dbforpostgresql:Server::main";

function preview(
  steps: readonly (readonly [op: string, urn: string])[],
  more: Partial<Preview> = {},
): Preview {
  const changeSummary: Record<string, number> = { same: 3 };
  for (const [op] of steps) changeSummary[op] = (changeSummary[op] ?? 0) + 1;
  return {
    steps: steps.map(([op, urn]) => ({
      op,
      urn,
      type: urn.split("::")[2] ?? "",
      diffs: [],
      replaces: [],
    })),
    changeSummary,
    errors: [],
    maybeCorrupt: false,
    ...more,
  };
}

const rules = (more: Partial<PreviewRules> = {}): PreviewRules => ({
  expected: ["api-db"],
  allowed: [],
  ...more,
});
const verdict = (seen: Preview, given: PreviewRules) =>
  judgePreview(seen, given).map(({ code, severity }) => `${severity} ${code}`);
const replacing = [
  ["create-replacement", secretUrn],
  ["replace", secretUrn],
  ["delete-replaced", secretUrn],
] as const;
const allowReplace = {
  allowed: [{ urn: "*kubernetes:core/v1:Secret::api-*", changes: ["replace"] }],
} as const;

describe("judging a preview", () => {
  it.each<[string, Preview, PreviewRules, string[]]>([
    ["the expected change alone", preview([["update", secretUrn]]), rules(), []],
    ["no change at all", preview([]), rules(), ["blocks pulumi-change-missing"]],
    [
      "no change at all, and no key named",
      preview([]),
      rules({ expected: [] }),
      ["blocks pulumi-change-missing"],
    ],
    ["no change, when it was applied before", preview([]), rules({ mayBeEmpty: true }), []],
    [
      "another change than the expected one",
      preview([["update", `${secretUrn}-2`]]),
      rules({ mayBeEmpty: true }),
      ["warns pulumi-would-change-more", "blocks pulumi-change-missing"],
    ],
    [
      "a change besides, strictly",
      preview([
        ["update", secretUrn],
        ["create", `${secretUrn}-2`],
      ]),
      rules({ strict: true }),
      ["blocks pulumi-would-change-more"],
    ],
    [
      "a change besides, allowed",
      preview([
        ["update", secretUrn],
        ["create", `${secretUrn}-2`],
      ]),
      rules({ strict: true, allowed: [{ urn: "api-db-*", changes: ["create"] }] }),
      [],
    ],
    ["a Secret that is replaced", preview(replacing), rules(), ["blocks pulumi-would-destroy"]],
    ["a Secret that may be replaced", preview(replacing), rules(allowReplace), []],
    [
      "a Secret that may be replaced, and is deleted",
      preview([["delete", secretUrn]]),
      rules(allowReplace),
      ["blocks pulumi-would-destroy"],
    ],
    [
      "a server that is replaced, whatever is allowed",
      preview([
        ["update", secretUrn],
        ["replace", serverUrn],
      ]),
      rules({ allowed: [{ urn: "*", changes: ["create", "update", "replace", "delete"] }] }),
      ["blocks pulumi-would-destroy-data"],
    ],
    [
      "a server that is updated",
      preview([
        ["update", secretUrn],
        ["update", serverUrn],
      ]),
      rules({ allowed: [{ urn: "main", changes: ["update"] }] }),
      [],
    ],
    [
      "an operation nobody knows",
      preview([
        ["update", secretUrn],
        ["vaporise", `${secretUrn}-2`],
      ]),
      rules(),
      ["blocks pulumi-would-destroy"],
    ],
    [
      "errors",
      preview([["update", secretUrn]], { errors: ["boom"] }),
      rules(),
      ["blocks pulumi-preview-failed"],
    ],
    [
      "a corrupt state",
      preview([["update", secretUrn]], { maybeCorrupt: true }),
      rules(),
      ["blocks pulumi-state-corrupt"],
    ],
    [
      "a summary that counts more than is listed",
      preview([["update", secretUrn]], { changeSummary: { update: 1, delete: 1 } }),
      rules(),
      ["unknown pulumi-preview-incomplete"],
    ],
  ])("%s", (_, seen, given, expected) => {
    expect(verdict(seen, given)).toEqual(expected);
  });

  it("a pattern is no regular expression", () => {
    expect(
      verdict(
        preview([["update", secretUrn.replace("api-db", "apiXdb")]]),
        rules({ expected: ["api.db"] }),
      ),
    ).toContain("blocks pulumi-change-missing");
  });
});

it.each([
  ["azure-native:dbforpostgresql:Server", true],
  ["azure-native:dbforpostgresql/v20250801:Configuration", true],
  ["azure-native:storage:StorageAccount", true],
  ["azure-native:network:VirtualNetwork", true],
  ["kubernetes:core/v1:PersistentVolumeClaim", true],
  ["kubernetes:core/v1:Secret", false],
  ["kubernetes:apps/v1:Deployment", false],
  ["digitalocean:index/databaseCluster:DatabaseCluster", true],
])("%s holds data: %s", (type, expected) => {
  expect(isStateful(type)).toBe(expected);
});

describe("reading a preview", () => {
  it("takes the type from the URN where there is no state", () => {
    const text = JSON.stringify({
      steps: [{ op: "delete", urn: "urn:pulumi:p::a::parent:x:Y$kubernetes:core/v1:Secret::s" }],
      changeSummary: { delete: 1 },
    });
    expect(readPreview(text).steps[0]?.type).toBe("kubernetes:core/v1:Secret");
  });

  it.each([
    "",
    "not json",
    "[]",
    '{"steps":[]}',
    '{"steps":[],"changeSummary":{}}',
    '{"steps":[{"op":1}],"changeSummary":{"same":1}}',
  ])("%j is no preview", (text) => {
    expect(() => readPreview(text)).toThrow(UnreadableError);
  });
});
