/** From the access on both sides to the statements that make it the same. */
import { describe, expect, it } from "vitest";
import type {
  AccessFacts,
  Granted,
  MemberRight,
  Owned,
  Setting,
} from "../../src/steps/access-carried/facts.ts";
import { accessStatements, type Carrying } from "../../src/steps/access-carried/statements.ts";

const none: AccessFacts = { owned: [], granted: [], members: [], defaults: [], settings: [] };

function owned(object: string, owner: string, more: Partial<Owned> = {}): Owned {
  return {
    kind: "table",
    object,
    name: object,
    schema: "public",
    owner,
    dependent: false,
    ...more,
  };
}

function schema(object: string, owner: string): Owned {
  return owned(object, owner, { kind: "schema", schema: null });
}

function granted(object: string, grantee: string, more: Partial<Granted> = {}): Granted {
  return {
    kind: "table",
    object,
    name: object,
    column: null,
    grantee,
    privilege: "SELECT",
    grantable: false,
    owner: "doadmin",
    ...more,
  };
}

const setting = (name: string, value: string, role: string | null = null): Setting => ({
  role,
  everywhere: false,
  name,
  value,
});

function carry(
  source: Partial<AccessFacts>,
  target: Partial<AccessFacts>,
  more: Partial<Carrying> = {},
) {
  return accessStatements({
    source: { ...none, ...source },
    target: { ...none, ...target },
    roles: new Set(["app", "reader"]),
    targetAdmin: "boss",
    database: "api",
    ...more,
  });
}

const sql = (...given: Parameters<typeof carry>) => carry(...given).map((each) => each.sql);

it("does nothing where both sides are alike", () => {
  const facts = {
    owned: [owned("public.users", "app")],
    granted: [granted("public.users", "reader")],
    settings: [setting("work_mem", "64MB")],
  };
  expect(sql(facts, facts)).toEqual([]);
});

describe("owners", () => {
  it("lends CREATE for the moment, and takes it back", () => {
    const source = { owned: [owned("public.users", "app"), owned("public.posts", "app")] };
    const target = { owned: [owned("public.users", "boss"), owned("public.posts", "boss")] };
    expect(sql(source, target)).toEqual([
      'GRANT CREATE ON SCHEMA public TO "app"',
      'ALTER TABLE public.users OWNER TO "app"',
      'ALTER TABLE public.posts OWNER TO "app"',
      'REVOKE CREATE ON SCHEMA public FROM "app"',
    ]);
  });

  it("hands a schema over first, and never takes its own right from its owner", () => {
    const shop = { schema: "shop" };
    const source = { owned: [owned("shop.orders", "app", shop), schema("shop", "app")] };
    const target = { owned: [owned("shop.orders", "boss", shop), schema("shop", "boss")] };
    expect(sql(source, target)).toEqual([
      'ALTER SCHEMA shop OWNER TO "app"',
      'ALTER TABLE shop.orders OWNER TO "app"',
    ]);
    const handed = { owned: [owned("shop.orders", "boss", shop), schema("shop", "app")] };
    expect(sql(source, handed)).toEqual(['ALTER TABLE shop.orders OWNER TO "app"']);
  });

  it("takes no right back that the role has for good", () => {
    const create = granted("public", "app", { kind: "schema", privilege: "CREATE" });
    const source = {
      owned: [schema("public", "doadmin"), owned("public.users", "app")],
      granted: [create],
    };
    const target = { owned: [schema("public", "boss"), owned("public.users", "boss")] };
    expect(sql(source, { ...target, granted: [create] })).toEqual([
      'ALTER TABLE public.users OWNER TO "app"',
    ]);
    expect(sql(source, target).at(-1)).toBe('GRANT CREATE ON SCHEMA public TO "app"');
  });

  it("keeps odd names apart", () => {
    const odd = '"a|b"';
    const source = { owned: [owned(`${odd}.t`, "app", { schema: odd })] };
    const target = { owned: [owned(`${odd}.t`, "boss", { schema: odd })] };
    expect(sql(source, target)).toContain('GRANT CREATE ON SCHEMA "a|b" TO "app"');
  });

  it("become the target's admin where they do not travel; what follows another is left alone", () => {
    const source = {
      owned: [
        owned("public.users", "doadmin"),
        owned("public.users_id_seq", "app", { kind: "sequence", dependent: true }),
      ],
    };
    const target = {
      owned: [
        owned("public.users", "other"),
        owned("public.users_id_seq", "other", { kind: "sequence", dependent: true }),
      ],
    };
    expect(sql(source, target)).toEqual(['ALTER TABLE public.users OWNER TO "boss"']);
  });

  it("of the database and of public keep their rights, though the ownership stays behind", () => {
    const database = (owner: string) => owned("api", owner, { kind: "database", schema: null });
    const source = { owned: [database("app"), schema("public", "pg_database_owner")] };
    const target = { owned: [database("azure_pg_admin"), schema("public", "pg_database_owner")] };
    expect(sql(source, target)).toEqual([
      'GRANT CREATE ON DATABASE api TO "app"',
      'GRANT CONNECT ON DATABASE api TO "app"',
      'GRANT TEMPORARY ON DATABASE api TO "app"',
      'GRANT CREATE ON SCHEMA public TO "app"',
      'GRANT USAGE ON SCHEMA public TO "app"',
    ]);
  });
});

describe("grants", () => {
  const users = owned("public.users", "doadmin");
  const there = { owned: [owned("public.users", "boss")] };

  it("are given and taken, by column and with their option", () => {
    const source = {
      owned: [users],
      granted: [
        granted("public.users", "reader", { grantable: true }),
        granted("public.users", "app", { privilege: "UPDATE", column: '"e mail"' }),
      ],
    };
    const target = { ...there, granted: [granted("public.users", "")] };
    expect(sql(source, target)).toEqual([
      "REVOKE SELECT ON TABLE public.users FROM PUBLIC",
      'GRANT SELECT ON TABLE public.users TO "reader" WITH GRANT OPTION',
      'GRANT UPDATE ("e mail") ON TABLE public.users TO "app"',
    ]);
  });

  it("take nothing from what only the target has", () => {
    const target = {
      owned: [owned("public.later", "boss")],
      granted: [granted("public.later", "app")],
    };
    expect(sql({ owned: [users] }, target)).toEqual([]);
  });

  it("on members of extensions are changed as on the source, and back where only the target's are", () => {
    const right = (grantee: string, more: Partial<MemberRight> = {}): MemberRight => ({
      kind: "routine",
      object: "public.dblink(text)",
      name: '"public"."dblink"(text)',
      column: null,
      grantee,
      privilege: "EXECUTE",
      grantable: false,
      revoked: false,
      ...more,
    });
    const source = { members: [right("", { revoked: true }), right("app"), right("stranger")] };
    expect(carry(source, {})).toMatchObject([
      {
        sql: "REVOKE EXECUTE ON ROUTINE public.dblink(text) FROM PUBLIC",
        settles: 'grant PUBLIC on "public"."dblink"(text)',
        mayDoNothing: true,
      },
      { sql: 'GRANT EXECUTE ON ROUTINE public.dblink(text) TO "app"' },
    ]);
    expect(sql(source, source)).toEqual([]);
    expect(sql({}, source)).toEqual([
      "GRANT EXECUTE ON ROUTINE public.dblink(text) TO PUBLIC",
      'REVOKE EXECUTE ON ROUTINE public.dblink(text) FROM "app"',
    ]);
  });

  it("give nothing to roles or on objects that are not there", () => {
    const source = {
      owned: [users],
      granted: [granted("public.users", "stranger"), granted("public.gone", "app")],
    };
    expect(sql(source, there)).toEqual([]);
  });
});

describe("settings", () => {
  it("name the database whatever it is called", () => {
    const source = { settings: [setting("work_mem", "64MB"), setting("work_mem", "1MB", "app")] };
    expect(sql(source, {}, { database: 'My "$&" %database%' })).toEqual([
      `ALTER DATABASE "My ""$&"" %database%" SET "work_mem" TO '64MB'`,
      `ALTER ROLE "app" IN DATABASE "My ""$&"" %database%" SET "work_mem" TO '1MB'`,
    ]);
  });

  it("of a role for every database are carried, unless the target gives it one of its own", () => {
    const everywhere = (value: string): Setting => ({
      ...setting("search_path", value, "app"),
      everywhere: true,
    });
    const source = { settings: [everywhere("app, public")] };
    expect(sql(source, {})).toEqual([`ALTER ROLE "app" SET "search_path" TO 'app', 'public'`]);
    expect(sql(source, { settings: [everywhere("theirs")] })).toEqual([]);
    // In one database is another setting than in all of them.
    expect(sql(source, { settings: [setting("search_path", "app, public", "app")] })).toHaveLength(
      1,
    );
  });

  it("of all roles are not the database's own", () => {
    const all = { ...setting("work_mem", "8MB"), everywhere: true };
    const [statement] = carry({ settings: [all] }, { settings: [setting("work_mem", "8MB")] });
    expect(statement).toMatchObject({
      sql: `ALTER ROLE ALL SET "work_mem" TO '8MB'`,
      settles: 'setting "work_mem" of all roles in every database',
    });
    expect(sql({ settings: [all] }, { settings: [{ ...all, value: "9MB" }] })).toEqual([]);
  });

  it("keep lists of names lists", () => {
    const source = { settings: [setting("search_path", '"$user", "My Schema", public')] };
    expect(sql(source, {})).toEqual([
      `ALTER DATABASE "api" SET "search_path" TO '$user', 'My Schema', 'public'`,
    ]);
  });

  it("of applications are carried, and their values shown to nobody", () => {
    const [statement] = carry({ settings: [setting("app.jwt_secret", "hunter2'")] }, {});
    expect(statement?.sql).toBe(`ALTER DATABASE "api" SET "app"."jwt_secret" TO 'hunter2'''`);
    expect(statement?.shown).toBe(`ALTER DATABASE "api" SET "app"."jwt_secret" TO ...`);
  });
});

it("carries default privileges, of creators that do not travel as the admin's", () => {
  const grant = {
    creator: "doadmin",
    schema: "public",
    objects: "TABLES",
    grantee: "reader",
    privilege: "SELECT",
    grantable: false,
    revoked: false,
  };
  const statement =
    'ALTER DEFAULT PRIVILEGES FOR ROLE "boss" IN SCHEMA public GRANT SELECT ON TABLES TO "reader"';
  expect(sql({ defaults: [grant] }, {})).toEqual([statement]);
  expect(sql({ defaults: [grant] }, { defaults: [{ ...grant, creator: "boss" }] })).toEqual([]);
  const taken = { ...grant, schema: null, objects: "FUNCTIONS", grantee: "", privilege: "EXECUTE" };
  expect(sql({ defaults: [{ ...taken, revoked: true }] }, {})).toEqual([
    'ALTER DEFAULT PRIVILEGES FOR ROLE "boss" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
  ]);
});
