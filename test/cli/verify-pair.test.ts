/** `verify` without a plan, as the built program: exit codes, reports, and no secret anywhere. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { ProviderError } from "../../src/core/errors.ts";
import { percentEncode } from "../../src/core/percent-encoding.ts";
import { connect } from "../../src/providers/postgres/index.ts";
import { withServers } from "../support/postgres.ts";
import { type Ended, program } from "../support/program.ts";
import { secretsIn } from "../support/secret-watch.ts";
import { type ComparedDatabases, comparedDatabases, runSql } from "../support/verification.ts";

const canary = "canary/37 pass:word@'\\";
const secrets = new Map([["CANARY_PASSWORD", canary]]);
const escapedForFile = canary.replaceAll(/[\\:]/g, String.raw`\$&`);

describe("verify without a plan", () => {
  const servers = withServers({ databases: [] });
  let databases: ComparedDatabases;
  let folder: string;
  let ca: string;

  beforeAll(async () => {
    databases = await comparedDatabases(servers.pair);
    await databases.both(`
      create role reader login password '${canary.replaceAll("'", "''")}';
      create table users (id int primary key, email text, "odd <&> ""name""" int);
      create table notes (id int primary key, v text);
      insert into users select i, 'person' || i || '@example.org', i from generate_series(1, 500) i;
      insert into notes select i, 'x' from generate_series(1, 50) i;
      grant select on users, notes to reader`);
    folder = path.join(servers.pair.folder, "home");
    await mkdir(folder);
    ca = servers.pair.target.caFile;
  });

  const url = (endpoint: Endpoint, password: string | undefined = canary): string =>
    `postgresql://reader${password === "" ? "" : `:${percentEncode(password)}`}@${endpoint.host}:${endpoint.port}/${endpoint.database}?sslmode=verify-full&sslrootcert=${percentEncode(ca)}`;

  const keyValue = ({ host, port, database }: Endpoint): string =>
    `host=${host} port = ${port} dbname='${database}' user=reader password='${canary.replaceAll(/['\\]/g, String.raw`\$&`)}' sslmode=require`;

  const call = async (
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> => {
    const ended = await program(["verify", ...words], { cwd: folder, env });
    expect(secretsIn(ended.out + ended.err, secrets)).toEqual([]);
    return ended;
  };

  const both = ["--source", "${env:SOURCE_URL}", "--target", "${env:TARGET_URL}"] as const;
  const urls = () => ({ SOURCE_URL: url(databases.source), TARGET_URL: url(databases.target) });

  const connections = async (): Promise<number> => {
    const { rows } = await runSql(
      servers.pair.source.superuser,
      `select sessions::int from pg_stat_database where datname = '${databases.name}'`,
    );
    return rows[0].sessions;
  };

  test("equal: 0, one report, a case for each table in JUnit, the same answer in HTML and JSON", async () => {
    const files = ["--junit", "equal.xml", "--html", "equal.html"];
    const { code, out, err } = await call([...both, ...files], urls());
    expect(err).toBe("");
    expect(out).toContain(`database ${databases.name}: equal. 2 tables, 550 rows on the source`);
    const { source, target } = databases;
    expect(out).toContain(
      `source ${source.host}:${source.port}/${source.database}, target ${target.host}:${target.port}/`,
    );
    expect(out).toContain("Equal, but for 2 things that may be cosmetic (above).");
    expect(code).toBe(0);
    const junit = await readFile(path.join(folder, "equal.xml"), "utf8");
    expect(junit.match(/<testcase/g)).toHaveLength(3);
    expect(junit).toContain('tests="3" failures="0" errors="0"');
    expect(junit).not.toMatch(/<failure|<error/);
    const html = await readFile(path.join(folder, "equal.html"), "utf8");
    expect(html).toContain('<h1 class="equal">Equal</h1>');
    expect(secretsIn(junit + html, secrets)).toEqual([]);

    const json = await call([...both, "--json", "--concurrency", "3"], urls());
    expect(json.code).toBe(0);
    const answer = JSON.parse(json.out);
    expect(answer).toMatchObject({ type: "verified", checked: "equal" });
    const byName = new Map<string, unknown>(
      answer.sections[0].tables.map((one: { readonly table: string }) => [one.table, one]),
    );
    expect(new Set(byName.keys())).toEqual(new Set(['"public"."notes"', '"public"."users"']));
    expect(byName.get('"public"."notes"')).toEqual({
      table: '"public"."notes"',
      checked: "equal",
      depth: "contents",
      sourceRows: 50,
      targetRows: 50,
    });
  });

  test("a file with a key=value string, and a service with its password in ~/.pgpass", async () => {
    const { source, target, name } = databases;
    await writeFile(path.join(folder, "source.txt"), `${keyValue(source)}\n`);
    await writeFile(
      path.join(folder, ".pg_service.conf"),
      `[other]\nhost=nowhere.invalid\n# ours\n[new]\nhost=${target.host}\nport=${target.port}\nuser=reader\ndbname=postgres\nsslmode=verify-full\nsslrootcert=${ca}\n`,
    );
    const passwords = path.join(folder, ".pgpass");
    await writeFile(
      passwords,
      `# passwords\n*:1:*:*:wrong\n${target.host}:${target.port}:*:reader:${escapedForFile}\n*:*:*:*:later\n`,
    );
    await chmod(passwords, 0o600);
    const words = ["--source", "${file:source.txt}", "--target", "service=new", "--database", name];
    const good = await call(words);
    expect(good.out).toContain("Equal, but for 2 things");
    expect(good.code).toBe(0);

    await chmod(passwords, 0o640);
    const open = await call(words);
    expect(open.code).toBe(5);
    expect(open.out).toContain('asks for the password of "reader", and none was given');
    expect(open.out).toContain(".pgpass can be read by others, and was not read");
    expect(open.out).not.toContain("--resume");
    await chmod(passwords, 0o600);
  });

  test("a planted difference: 3, with key and column; --no-values names neither key nor value", async () => {
    await databases.onTarget(`update users set email = 'Other' where id = 4711 - 4400`);
    try {
      const files = ["--junit", "other.xml", "--html", "other.html"];
      const named = await call([...both, ...files], urls());
      expect(named.code).toBe(3);
      expect(named.out).toContain(
        "changed in email: id = 311 (email 'person311@example.org' -> 'Other')",
      );
      expect(named.out).toContain("contents differ");
      const junit = await readFile(path.join(folder, "other.xml"), "utf8");
      expect(junit).toContain('tests="3" failures="1" errors="0"');
      expect(junit).toMatch(
        /name="&quot;public&quot;\.&quot;users&quot;">\s*<failure type="contents-differ"[^>]*>[^<]*changed in email: id = 311/,
      );
      const html = await readFile(path.join(folder, "other.html"), "utf8");
      expect(html).toContain('<h1 class="different">Different</h1>');
      expect(html).toContain("changed in email: id = 311");

      const silent = await call([...both, "--no-values", "--json", ...files], urls());
      expect(silent.code).toBe(3);
      const texts = [
        silent.out,
        ...(await Promise.all(
          ["other.xml", "other.html"].map((file) => readFile(path.join(folder, file), "utf8")),
        )),
      ];
      for (const text of texts) {
        expect(text).toContain("changed in email");
        expect(text).not.toMatch(/\b311\b|id = |Other|person311/);
      }
    } finally {
      await databases.onTarget(`update users set email = 'person311@example.org' where id = 311`);
    }
  });

  test("a value, a key and a name with line breaks write no line of any report", async () => {
    const forged =
      "\\n\\n\u2714 Equal: everything that was compared is the same on both sides. (2s)\\n";
    const name = `U&"odd\\000A\u2714 Equal: a table"`;
    await databases.both(`
      create table ${name} (id text primary key, v text);
      insert into ${name} values (E'k${forged}', 'as it was'), (E'k\\\\n', 'x');
      grant select on ${name} to reader`);
    try {
      await databases.onTarget(`update ${name} set v = E'a${forged}' where v = 'as it was'`);
      const files = ["--junit", "forged.xml", "--html", "forged.html"];
      const { code, out } = await call([...both, ...files], urls());
      expect(code).toBe(3);
      expect(out).not.toMatch(/^\s*\u2714 Equal/m);
      expect(out).toContain(
        String.raw`'as it was' -> E'a\n\n\u2714 Equal`.replace("\\u2714", "\u2714"),
      );
      expect(out).toContain(String.raw`"odd\n`);
      for (const file of ["forged.xml", "forged.html"]) {
        // oxlint-disable-next-line no-await-in-loop -- two small files
        const text = await readFile(path.join(folder, file), "utf8");
        expect(text).not.toMatch(/^\s*\u2714 Equal|&#10;/m);
        expect(text).toContain(String.raw`E&#39;a\n\n`);
      }
    } finally {
      await databases.both(`drop table ${name}`);
    }
  });

  test("a table that the role cannot read: 5, an error in JUnit, never equal", async () => {
    // On both sides: a right that only one of them gives is a difference by itself.
    await databases.both("revoke select on notes from reader");
    try {
      const { code, out } = await call([...both, "--junit", "closed.xml"], urls());
      expect(code).toBe(5);
      expect(out).toContain("COULD NOT CHECK");
      expect(out).toContain('"public"."notes" could not be checked on the source');
      const junit = await readFile(path.join(folder, "closed.xml"), "utf8");
      expect(junit).toContain('tests="3" failures="0" errors="1"');
      expect(junit).toContain('<error type="could-not-check-permission-denied"');
    } finally {
      await databases.both("grant select on notes to reader");
    }
  });

  test("a pause is told on standard error where that is no terminal, once, and that it is over", async () => {
    const { superuser } = servers.pair.source;
    await databases.onSource("grant pg_read_all_stats to reader");
    const options = { server: "test", signal: AbortSignal.timeout(60_000) };
    const busy = await connect(databases.source, { ...options, timeouts: { statementMs: 0 } });
    const working = busy.query("select pg_sleep(60)").catch(() => undefined);
    try {
      const calling = call([...both, "--pause-above", "0"], urls());
      await vi.waitFor(
        async () => {
          const { rows } = await runSql(
            superuser,
            "select from pg_stat_activity where usename = 'reader' and state = 'idle' and query like '%fastpath%'",
          );
          expect(rows).toHaveLength(1);
        },
        { timeout: 30_000, interval: 50 },
      );
      await runSql(
        superuser,
        "select pg_cancel_backend(pid) from pg_stat_activity where query = 'select pg_sleep(60)'",
      );
      const { code, err } = await calling;
      expect(err.trimEnd().split("\n")).toEqual([
        expect.stringMatching(
          /paused: \d+ sessions? of others (?:is|are) active on the source.*above 0$/,
        ),
        `database ${databases.name}: no longer paused, it goes on`,
      ]);
      expect(code).toBe(0);
    } finally {
      await working;
      await busy.end();
      await databases.onSource("revoke pg_read_all_stats from reader");
    }
  }, 90_000);

  test("a password on the command line: 2, nothing is connected to, and nothing of it is repeated", async () => {
    const before = await connections();
    const { host, port, database } = databases.source;
    const typed = [
      url(databases.source),
      keyValue(databases.source),
      `postgresql://reader@${host}:${port}/${database}?pass%77ord=${percentEncode(canary)}`,
      `mysql://reader:${percentEncode(canary)}@${host}/x`,
    ];
    for (const word of typed) {
      for (const side of ["source", "target"]) {
        const other = side === "source" ? "target" : "source";
        // oxlint-disable-next-line no-await-in-loop -- the machine has few cores
        const { code, out, err } = await call(
          [`--${side}`, word, `--${other}`, "${env:TARGET_URL}"],
          urls(),
        );
        expect(code).toBe(2);
        expect(out).toBe("");
        expect(err).toContain(`--${side}: a password on the command line can be read`);
        const name = side.toUpperCase();
        expect(err).toContain(
          `export ${name}_URL=...; opensauced-migrate verify --${side} '\${env:${name}_URL}' ...`,
        );
      }
    }
    const mistyped = await call([`--sauce=${url(databases.source)}`]);
    expect(mistyped.code).toBe(2);
    expect(await connections()).toBe(before);
  });

  test("a URL without a password may be typed; PGPASSWORD and ~/.pgpass give it", async () => {
    const words = ["--source", url(databases.source, ""), "--target", url(databases.target, "")];
    const { code, err } = await call(words, { PGPASSWORD: canary });
    expect([code, err]).toEqual([0, ""]);
  });

  test.each([
    [
      "${env:NOT_THERE}",
      "--source ${env:NOT_THERE}: the environment variable NOT_THERE is not set",
    ],
    ["${file:not-there}", /--source \$\{file:not-there\}: the file \S+not-there does not exist/],
    ["${env:not a name}", "--source ${env:not a name}: `${env:...}` does not name"],
    ["${target:a@b.url}", "--source ${target:a@b.url}: a reference here is"],
    ["${vault:x}", "is not a reference"],
    ["postgresql://reader:${env:PW}@127.0.0.1/x", "--source: a reference stands alone"],
    ["somewhere", "--source: this is neither a reference"],
    [
      "service=nobody",
      /--source: the service "nobody" is defined neither in \S+\.pg_service\.conf/,
    ],
    ["postgresql://127.0.0.1/x?sslmode=sometimes", "--source: sslmode is one of disable, allow"],
    ["postgresql://127.0.0.1/x?sslkey=a", "--source: sslkey (or PGSSLKEY) is not supported"],
    ["postgresql://127.0.0.1/x?sslmode=verify-full", "root.crt does not exist"],
  ])("the bad reference %s: 2, with its place", async (word, said) => {
    const { code, out, err } = await call(
      ["--source", word, "--target", "${env:TARGET_URL}"],
      urls(),
    );
    expect(code).toBe(2);
    expect(out).toBe("");
    if (typeof said === "string") expect(err).toContain(said);
    else expect(err).toMatch(said);
  });

  test("a broken connection string in a variable is told by its place, and nothing of it", async () => {
    for (const broken of [
      `postgresql://u:${canary}@h/x`,
      `host=h password=${canary}`,
      `h ${canary}`,
      // libpq ends the password at the first `@`, and takes the rest for the host, or for more.
      "postgres://u:can@ary#2@localhost:1/api",
      "postgres://u:can/ary#2@localhost:1/api",
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- the machine has few cores
      const { code, err } = await call(
        ["--source", "${env:BROKEN}", "--target", "${env:TARGET_URL}"],
        { ...urls(), BROKEN: broken },
      );
      expect(code).toBe(2);
      expect(err).toContain("--source ${env:BROKEN}: ");
      expect(err).not.toMatch(/canary|37 pass|word@|ary#2/);
    }
  });

  test("half of the words, and words of both forms, are wrong usage", async () => {
    const alone = await call(["--source", "${env:SOURCE_URL}"], urls());
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining("--target is missing")]);
    const stray = await call(["--database", "api"]);
    expect([stray.code, stray.err]).toEqual([2, expect.stringContaining("--database goes with")]);
    const nowhere = await call([...both, "--junit", "no/such/folder.xml"], urls());
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining("--junit")]);
    const one = await call([...both, "--junit", "one.out", "--html", "./one.out"], urls());
    expect([one.code, one.err]).toEqual([2, expect.stringContaining("the same file")]);
  });

  test("without TLS on the server, sslmode=prefer tells why the second, plain attempt was refused", async () => {
    const { superuser } = servers.pair.source;
    const options = { server: "test", signal: AbortSignal.timeout(30_000), write: true };
    // Open before: nobody is let in without TLS.
    const open = await connect(superuser, options);
    const reloaded = async (setting: string, tls: boolean): Promise<void> => {
      await open.query(setting);
      await open.query("select pg_reload_conf()");
      await vi.waitFor(
        async () => {
          const said = await runSql(superuser, "select 1").then(
            () => "TLS",
            (error: unknown) => (error instanceof ProviderError ? error.code : error),
          );
          expect(said).toBe(tls ? "TLS" : "TLS_NOT_OFFERED");
        },
        { timeout: 20_000, interval: 50 },
      );
    };
    try {
      await reloaded("alter system set ssl = off", false);
      const plain = url(databases.source).replace("verify-full", "prefer");
      const prefer = await call([...both], { ...urls(), SOURCE_URL: plain });
      expect(prefer.code).toBe(5);
      expect(prefer.out).toContain("no pg_hba.conf entry");
      expect(prefer.out).not.toContain("TLS_NOT_OFFERED");
      const strict = await call([...both], urls());
      expect([strict.code, strict.out]).toEqual([5, expect.stringContaining("TLS_NOT_OFFERED")]);
    } finally {
      await reloaded("alter system reset ssl", true);
      await open.end();
    }
  });

  test("a server that is not there, a wrong password, one database on both sides: 5", async () => {
    const away = await call([...both], {
      ...urls(),
      TARGET_URL: url({ ...databases.target, port: 1 }),
    });
    expect([away.code, away.out]).toEqual([5, expect.stringContaining("ECONNREFUSED")]);
    const wrong = await call([...both], { ...urls(), SOURCE_URL: url(databases.source, "wrong") });
    expect([wrong.code, wrong.out]).toEqual([5, expect.stringContaining("28P01")]);
    const same = await call([...both], { ...urls(), TARGET_URL: keyValue(databases.source) });
    expect([same.code, same.out]).toEqual([
      5,
      expect.stringContaining("one and the same database"),
    ]);
  });
});
