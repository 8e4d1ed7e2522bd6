/** What the target lacks, and what an undo takes back of it. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.ts";
import type { Note } from "../../src/core/step.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { Configuration } from "../../src/providers/azure/index.ts";
import { decidePrepared } from "../../src/steps/target-prepared/decide.ts";
import { targetPrepared } from "../../src/steps/target-prepared/index.ts";
import type { PreparedSeen } from "../../src/steps/target-prepared/observe.ts";
import {
  adminMembership,
  createRoleStatement,
  membershipStatements,
  rolesToCarry,
  type RoleFacts,
} from "../../src/steps/target-prepared/roles.ts";
import { settings, type PrepareSettings } from "../../src/steps/target-prepared/settings.ts";
import { contextOf, findingsOf } from "../support/preflight.ts";

function parameter(name: string, value: string, more: Partial<Configuration> = {}): Configuration {
  return {
    name,
    value,
    defaultValue: undefined,
    allowedValues: undefined,
    dataType: undefined,
    source: undefined,
    dynamic: true,
    readOnly: false,
    pendingRestart: false,
    ...more,
  };
}

function role(name: string, more: Partial<RoleFacts> = {}): RoleFacts {
  return {
    name,
    login: true,
    inherit: true,
    createDatabase: false,
    createRole: false,
    connectionLimit: -1,
    validUntil: null,
    memberOf: [],
    ...more,
  };
}

const ready: PreparedSeen = {
  extensions: ["pgcrypto"],
  allowed: parameter("azure.extensions", "PGCRYPTO", { allowedValues: "PGCRYPTO,PG_TRGM,PG_CRON" }),
  preload: parameter("shared_preload_libraries", "pg_stat_statements"),
  parameters: new Map(),
  pendingRestart: [],
  firewall: [],
  plannedFirewall: [],
  carried: [role("app")],
  targetRoles: [role("app")],
  actsAs: ["app"],
  refusedLogins: [],
  sourceDatabases: [{ name: "api", encoding: "UTF8", collation: "en_US.utf8" }],
  targetDatabases: { whole: ["api"], invalid: [] },
};

function decide(seen: Partial<PreparedSeen>, given: Partial<PrepareSettings> = {}): Verdict {
  return decidePrepared({ ...ready, ...seen }, { ...settings.parse({}), ...given });
}

const actions = (verdict: Verdict) =>
  verdict.is === "unmet" ? verdict.actions.map(({ id }) => id) : [verdict.is];
const codesOf = (verdict: Verdict) => findingsOf(verdict).map(({ code }) => code);

describe("what is missing", () => {
  it("is nothing", () => {
    expect(decide({}).is).toBe("satisfied");
  });

  it("extensions join those that are allowed, with the libraries that they need", () => {
    expect(decide({ extensions: ["pgcrypto", "pg_cron"] })).toMatchObject({
      actions: [
        { id: "set-parameter azure.extensions", data: { value: "PGCRYPTO,pg_cron" } },
        {
          id: "set-parameter shared_preload_libraries",
          data: { value: "pg_stat_statements,pg_cron", before: "pg_stat_statements" },
        },
      ],
    });
  });

  it("a restart, parameters, rules, roles and databases, in an order that works", () => {
    const verdict = decide(
      {
        parameters: new Map([["max_connections", parameter("max_connections", "100")]]),
        pendingRestart: ["max_connections"],
        plannedFirewall: [{ name: "me", first: "192.0.2.1", last: "192.0.2.1" }],
        targetRoles: [],
        actsAs: [],
        targetDatabases: { whole: [], invalid: [] },
      },
      { parameters: { max_connections: "200" } },
    );
    expect(actions(verdict)).toEqual([
      "set-parameter max_connections",
      "restart-target",
      "set-firewall-rule me",
      "create-role app",
      "create-database api",
    ]);
  });

  it("a database anew, where a DROP DATABASE that did not end has left one", () => {
    const verdict = decide({ targetDatabases: { whole: [], invalid: ["api"] } });
    expect(verdict).toMatchObject({
      actions: [{ id: "create-database api", summary: expect.stringMatching(/^Drop .+ create/) }],
    });
  });

  it("a role that the admin may not act as is made one that it may: it is to own things", () => {
    expect(decide({ actsAs: [] })).toMatchObject({
      actions: [{ id: "create-role app", data: { create: false, admit: true, before: "there" } }],
    });
  });

  it("a membership, of groups that are carried", () => {
    const carried = [role("team", { login: false }), role("app", { memberOf: ["team", "other"] })];
    const seen = { carried, targetRoles: [role("team"), role("app")], actsAs: ["team", "app"] };
    expect(decide(seen)).toMatchObject({
      actions: [
        { summary: "Make role app a member of team on the target", data: { create: false } },
      ],
    });
  });
});

describe("what cannot be had", () => {
  it.each<[string, Partial<PreparedSeen>, string]>([
    ["an extension list", { allowed: undefined }, "azure-parameters-unreadable"],
    [
      "its value",
      { allowed: { ...parameter("azure.extensions", ""), value: undefined } },
      "azure-parameters-unreadable",
    ],
    [
      "the libraries that an extension joins",
      { extensions: ["pg_cron"], preload: undefined },
      "azure-parameters-unreadable",
    ],
    [
      "a parameter's value, to be set back later",
      { parameters: new Map([["x", { ...parameter("x", ""), value: undefined }]]) },
      "azure-parameters-unreadable",
    ],
    ["an extension", { extensions: ["postgis_extra"] }, "extension-not-offered"],
    ["a login", { refusedLogins: ["app"] }, "role-password-differs"],
  ])("%s", (_, seen, code) => {
    expect(codesOf(decide(seen))).toEqual([code]);
  });

  it("a parameter of the plan that the server does not have", () => {
    expect(codesOf(decide({}, { parameters: { "no.such": "1" } }))).toEqual(["parameter-unknown"]);
  });
});

describe("undo", () => {
  const changed = (...changes: readonly (readonly [string, string, Json])[]): Note[] =>
    changes.map(([action, name, before]) => ({
      step: "target-prepared",
      name: "target-changed",
      value: { action, name, before },
      at: "",
    }));
  const undo = (seen: Partial<PreparedSeen>, notes: Note[]) => {
    const decided = targetPrepared.undo?.decide(
      { ...ready, ...seen },
      settings.parse({}),
      contextOf({ notes }),
    );
    if (decided === undefined) throw new Error("target-prepared can be undone.");
    return decided;
  };

  it("takes back what this run made, last first", () => {
    const notes = changed(["create-role", "app", null], ["create-database", "api", null]);
    expect(actions(undo({}, notes))).toEqual(["drop-database api", "drop-role app"]);
    const cutOff = { targetDatabases: { whole: [], invalid: ["api"] } };
    expect(actions(undo(cutOff, notes))).toEqual(["drop-database api", "drop-role app"]);
    expect(undo({ targetRoles: [], targetDatabases: { whole: [], invalid: [] } }, notes).is).toBe(
      "satisfied",
    );
  });

  it("drops no role that was there before", () => {
    expect(undo({}, changed(["create-role", "app", "there"])).is).toBe("satisfied");
  });

  it("deletes a rule that it made, and sets one back that it changed", () => {
    const rule = (first: string) => ({ name: "me", first, last: first });
    const now = { firewall: [rule("192.0.2.2")] };
    expect(actions(undo(now, changed(["set-firewall-rule", "me", null])))).toEqual([
      "delete-firewall-rule me",
    ]);
    const notes = changed(["set-firewall-rule", "me", rule("192.0.2.1")]);
    expect(undo(now, notes)).toMatchObject({
      actions: [
        { id: "restore-firewall-rule me", data: { first: "192.0.2.1", last: "192.0.2.1" } },
      ],
    });
    expect(undo({ firewall: [rule("192.0.2.1")] }, notes).is).toBe("satisfied");
  });

  it("sets parameters back", () => {
    const notes = changed(["set-parameter", "azure.extensions", "PGCRYPTO"]);
    const now = { allowed: parameter("azure.extensions", "PGCRYPTO,pg_cron") };
    expect(undo(now, notes)).toMatchObject({
      actions: [{ id: "reset-parameter azure.extensions", data: { value: "PGCRYPTO" } }],
    });
    expect(undo({}, notes).is).toBe("satisfied");
  });
});

describe("roles", () => {
  it("are carried groups first, the admin only where applications use it", () => {
    const all = [role("app", { memberOf: ["team"] }), role("team"), role("doadmin"), role("x")];
    const names = (left: string | undefined) =>
      rolesToCarry(all, ["app", "doadmin"], left).map(({ name }) => name);
    expect(names("doadmin")).toEqual(["team", "app"]);
    expect(names(undefined)).toEqual(["team", "app", "doadmin"]);
  });

  it("get no login without a password, and never the password itself", () => {
    expect(createRoleStatement(role('A"b'), undefined)).toContain('CREATE ROLE "A""b" NOLOGIN');
    const statement = createRoleStatement(role("app"), new Secret("hunter2"));
    expect(statement).toMatch(/ LOGIN .* PASSWORD 'SCRAM-SHA-256\$4096:/);
    expect(statement).not.toContain("hunter2");
  });

  it("become the admin's to act as, in the words of each version", () => {
    expect(adminMembership("app", 15)).toBe('GRANT "app" TO CURRENT_USER');
    expect(adminMembership("app", 17)).toBe(
      'GRANT "app" TO CURRENT_USER WITH INHERIT TRUE, SET TRUE',
    );
    expect(membershipStatements(role("app", { memberOf: ["a", "b"] }), new Set(["b"]))).toEqual([
      'GRANT "b" TO "app"',
    ]);
  });
});
