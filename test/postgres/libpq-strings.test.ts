/**
 * Connection strings, services and password files: the same table is given to
 * psql, which is libpq, and to ours. Both come to the same user, database and
 * port, or both are refused.
 */
import { spawnSync } from "node:child_process";
import { appendFile, chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { MigrationError } from "../../src/core/errors.ts";
import { percentEncode } from "../../src/core/percent-encoding.ts";
import { reachSide } from "../../src/migration/typed-side.ts";
import { resolveConnection } from "../../src/providers/libpq/index.ts";
import { freePort } from "../../src/rehearsal/postgres/index.ts";
import { startBare, withServers } from "../support/postgres.ts";
import { runSql } from "../support/verification.ts";

type Variables = Readonly<Record<string, string>>;

const hasPsql = spawnSync("psql", ["--version"]).status === 0;
const psqlNeeded = { meta: { whenSkipped: "needs psql on the PATH" } };

const password = "p@ss/w:or d'\\+%&=?#";
const database = "My dä/tabase+1";
const refused = "refused";
const limitMs = 20_000;

describe.skipIf(!hasPsql)("as libpq", psqlNeeded, () => {
  const servers = withServers({ databases: [] });
  let port: number;
  let closed: number;
  let ca: string;
  let otherCa: string;
  let home: string;

  beforeAll(async () => {
    const { source, target, folder } = servers.pair;
    port = source.port;
    closed = await freePort();
    [ca, home] = [source.caFile, path.join(folder, "home of Ünal")];
    otherCa = path.join(folder, "other-ca.pem");
    await mkdir(home);
    const { createAuthority } = await import("../../src/rehearsal/certificates/index.ts");
    await writeFile(otherCa, (await createAuthority("Another authority")).ca);
    const quoted = password.replaceAll("'", "''");
    await runSql(source.superuser, `create role reader login password '${quoted}'`);
    await runSql(source.superuser, `create role "r:e@d er" login password '${quoted}'`);
    await runSql(source.superuser, `create role reader_db login password '${quoted}'`);
    await runSql(source.superuser, `create database "${database}"`);
    await runSql(source.superuser, `create database reader`);
    await runSql(source.superuser, `create database "a\\'b"`);
    expect(target.port).not.toBe(port);
  }, 60_000);

  const byPsql = (text: string, env: Variables): string => {
    const { status, stdout } = spawnSync(
      "psql",
      ["-XAt", "-d", text, "-c", "select current_user, current_database(), inet_server_port()"],
      {
        env: { PATH: process.env["PATH"], HOME: home, PGCLIENTENCODING: "UTF8", ...env },
        encoding: "utf8",
        timeout: limitMs,
        input: "",
      },
    );
    return status === 0 ? stdout.trim() : refused;
  };

  const byOurs = async (text: string, env: Variables): Promise<string> => {
    const signal = AbortSignal.timeout(limitMs);
    try {
      const way = await resolveConnection(text, { HOME: home, ...env });
      const { side } = await reachSide("source", way, signal);
      const client = await side.connect(signal);
      try {
        const { rows } = await client.query<{ found: string }>(
          "select concat_ws('|', current_user, current_database(), coalesce(inet_server_port()::text, '')) as found",
        );
        return rows[0]?.found ?? "";
      } finally {
        await client.end();
      }
    } catch (error) {
      if (error instanceof MigrationError) {
        expect(`${error.message} ${error.meaning} ${error.remedy}`).not.toContain("p@ss");
        return refused;
      }
      throw error;
    }
  };

  /** `$P` port, `$W` password as it is, `$w` percent-encoded, `$D` and `$d` the database, `$q` quoted, `$C` CA, `$O` another CA, `$X` a closed port. */
  const filled = (text: string): string =>
    text
      .replaceAll("$P", String(port))
      .replaceAll("$X", String(closed))
      .replaceAll("$w", percentEncode(password))
      .replaceAll("$q", `'${password.replaceAll(/['\\]/g, String.raw`\$&`)}'`)
      .replaceAll("$W", password.replaceAll(/[\\ ']/g, String.raw`\$&`))
      .replaceAll("$d", percentEncode(database))
      .replaceAll("$D", database)
      .replaceAll("$C", ca)
      .replaceAll("$O", otherCa);

  const same = async (written: string, env: Variables, wanted: string): Promise<void> => {
    const text = filled(written);
    const variables = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, filled(value)]),
    );
    const [libpq, ours] = [byPsql(text, variables), await byOurs(text, variables)];
    expect({ libpq, ours }).toEqual({ libpq: filled(wanted), ours: filled(wanted) });
  };

  const ok = "reader|postgres|$P";

  test.each<[string, string]>([
    // URLs
    ["postgresql://reader:$w@127.0.0.1:$P/postgres", ok],
    ["postgres://reader:$w@127.0.0.1:$P/postgres", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/", "reader|reader|$P"],
    ["postgresql://reader:$w@127.0.0.1:$P", "reader|reader|$P"],
    ["postgresql://reader:$w@127.0.0.1:$P/$d", "reader|$D|$P"],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?", ok],
    ["postgresql://reader:$w@127.0.0.1:$P?dbname=postgres", ok],
    ["postgresql://127.0.0.1:$P/postgres?user=reader&password=$w", ok],
    ["postgresql:///postgres?host=127.0.0.1&port=$P&user=reader&password=$w", ok],
    ["postgresql://reader@/postgres?host=127.0.0.1&port=$P&password=$w&", ok],
    [
      "postgresql://nobody:x@nowhere.invalid:1/none?host=127.0.0.1&port=$P&user=reader&password=$w&dbname=postgres",
      ok,
    ],
    ["postgresql://r%3Ae%40d%20er:$w@127.0.0.1:$P/postgres", "r:e@d er|postgres|$P"],
    ["postgresql://reader:$w@127.0.0.1:$P/post%67res", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/a%5C%27b", "reader|a\\'b|$P"],
    ["postgresql://reader:$w@localhost:$P/postgres", ok],
    ["postgresql://reader:$w@127.0.0.1:$X,127.0.0.1:$P/postgres", ok],
    ["postgresql://reader:$w@127.0.0.1,127.0.0.1:$P/postgres?connect_timeout=2", ok],
    ["postgresql://reader:wrong@127.0.0.1:$P,127.0.0.1:$P/postgres", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?ssl=true", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?application_name=a%26b&keepalives=1", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?options=-c%20work_mem%3D8MB", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?options=-c%20no_such%3D1", refused],
    // not URLs, or not of a database that is there
    ["postgresql://reader:p@ss/w@127.0.0.1:$P/postgres", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?a=b", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?application_name=a=b", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?application_name=a&&port=$P", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres%0", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres%00", refused],
    ["postgresql://reader:$w@127.0.0.1:nope/postgres", refused],
    ["postgresql://reader:$w@127.0.0.1:70000/postgres", refused],
    ["postgresql://reader:$w@[127.0.0.1:$P/postgres", refused],
    ["postgresql://reader:$w@[]:$P/postgres", refused],
    ["postgresql://reader:$w@[::1]x:$P/postgres", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/no_such", refused],
    ["postgresql://reader@127.0.0.1:$P/postgres", refused],
    ["postgresql://reader:wrong@127.0.0.1:$P/postgres", refused],
    ["POSTGRESQL://reader:$w@127.0.0.1:$P/postgres", refused],
    ["mysql://reader:$w@127.0.0.1:$P/postgres", refused],
    // TLS
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=disable", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=allow", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=prefer", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=require", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=sometimes", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=verify-ca", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=verify-full", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=verify-ca&sslrootcert=$C", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=verify-full&sslrootcert=$C", ok],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=verify-ca&sslrootcert=$O", refused],
    ["postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=require&sslrootcert=$O", refused],
    [
      "postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=verify-full&sslrootcert=/no/such",
      refused,
    ],
    [
      "host=elsewhere.invalid hostaddr=127.0.0.1 port=$P user=reader password=$q dbname=postgres sslmode=verify-full sslrootcert=$C",
      refused,
    ],
    [
      "host=elsewhere.invalid hostaddr=127.0.0.1 port=$P user=reader password=$q dbname=postgres sslmode=verify-ca sslrootcert=$C",
      ok,
    ],
    [
      "host=localhost hostaddr=127.0.0.1 port=$P user=reader password=$q dbname=postgres sslmode=verify-full sslrootcert=$C",
      ok,
    ],
    // key=value
    ["host=127.0.0.1 port=$P user=reader password=$q dbname=postgres", ok],
    ["host=127.0.0.1 port=$P user=reader password=$W dbname=postgres", ok],
    ["host = 127.0.0.1\n port\t=  $P user='reader'password=$q dbname = 'postgres'  ", ok],
    ["host=127.0.0.1 port=$P user=reader password=$q dbname='$D'", "reader|$D|$P"],
    ["host=127.0.0.1 port=$P user=reader password=$q dbname=a\\\\\\'b", "reader|a\\'b|$P"],
    ["host=127.0.0.1 port=$P user=reader password=$q", "reader|reader|$P"],
    ["host=127.0.0.1 port=$P user=reader password=$q dbname=''", "reader|reader|$P"],
    ["host=127.0.0.1 port=1 port=$P user=reader password=$q dbname=postgres", ok],
    ["host=127.0.0.1,127.0.0.1 port=$X,$P user=reader password=$q dbname=postgres", ok],
    ["host=127.0.0.1,127.0.0.1 port=$X,$P,1 user=reader password=$q dbname=postgres", refused],
    [
      "host=127.0.0.1 hostaddr=127.0.0.1,127.0.0.1 port=$P user=reader password=$q dbname=postgres",
      refused,
    ],
    ["hostaddr=127.0.0.1 port=' $P ' user=reader password=$q dbname=postgres", ok],
    ["host=127.0.0.1 port=$P user=reader password='unended dbname=postgres", refused],
    ["host=127.0.0.1 port=$P user=reader password=a b dbname=postgres", refused],
    ["host=127.0.0.1 port=$P user=reader pass=$q dbname=postgres", refused],
    ["host=127.0.0.1 Port=$P user=reader password=$q dbname=postgres", refused],
    ["=127.0.0.1 port=$P user=reader password=$q", refused],
    [
      "host=127.0.0.1 port=$P user=reader password=$q dbname=postgres connect_timeout=soon",
      refused,
    ],
  ])("%j", async (text, wanted) => same(text, {}, wanted));

  test.each<[string, Variables, string]>([
    [
      "postgresql:///",
      {
        PGHOST: "127.0.0.1",
        PGPORT: "$P",
        PGUSER: "reader",
        PGDATABASE: "postgres",
        PGPASSWORD: password,
      },
      ok,
    ],
    ["host=127.0.0.1 port=$P user=reader", { PGPASSWORD: password, PGDATABASE: "postgres" }, ok],
    ["host=127.0.0.1 port=$P user=reader password=wrong", { PGPASSWORD: password }, refused],
    [
      "postgresql://reader@127.0.0.1:$P/postgres",
      { PGPASSWORD: password, PGSSLMODE: "disable" },
      refused,
    ],
    [
      "postgresql://reader@127.0.0.1:$P/postgres",
      { PGPASSWORD: password, PGSSLMODE: "verify-full", PGSSLROOTCERT: "$C" },
      ok,
    ],
    [
      "postgresql://reader@127.0.0.1:$P/postgres",
      { PGPASSWORD: password, PGOPTIONS: "-c no_such=1" },
      refused,
    ],
  ])("%s with %j", async (text, env, wanted) => same(text, env, wanted));

  test("a socket of this machine, named or percent-encoded, whatever the TLS mode", async () => {
    const { folder, authority } = servers.pair;
    const sockets = path.join(folder, "s");
    await mkdir(sockets);
    await chmod(sockets, 0o777);
    const server = await startBare({
      name: "local",
      major: 17,
      folder,
      authority,
      settings: { unix_socket_directories: sockets },
    });
    try {
      await appendFile(
        path.join(server.dataFolder, "pg_hba.conf"),
        "local all all scram-sha-256\n",
      );
      await runSql(server.superuser, "select pg_reload_conf()");
      await runSql(
        server.superuser,
        `create role reader login password '${password.replaceAll("'", "''")}'`,
      );
      const found = "reader|postgres|";
      const at = (text: string) =>
        text.replaceAll("$S", sockets).replaceAll("$p", `${server.port}`);
      await same(at("host=$S port=$p user=reader password=$q dbname=postgres"), {}, found);
      await same(
        at(`postgresql://reader:$w@${percentEncode(sockets)}:$p/postgres?sslmode=require`),
        {},
        found,
      );
      await same(at("postgresql:///postgres?host=$S&port=$p&user=reader&password=$w"), {}, found);
      await same(at("host=$S port=$p user=reader password=wrong dbname=postgres"), {}, refused);
      await same(at("host=$S port=1 user=reader password=$q dbname=postgres"), {}, refused);
    } finally {
      await server.stop({ mode: "immediate" });
    }
  });

  test("root.crt of the home folder makes every mode check the chain", async () => {
    const folder = path.join(home, ".postgresql");
    await mkdir(folder, { recursive: true });
    const url = "postgresql://reader:$w@127.0.0.1:$P/postgres?sslmode=";
    try {
      await copyFile(ca, path.join(folder, "root.crt"));
      await same(`${url}verify-full`, {}, ok);
      await same(`${url}require`, {}, ok);
      await copyFile(otherCa, path.join(folder, "root.crt"));
      await same(`${url}require`, {}, refused);
      await same(`${url}prefer`, {}, refused);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  const inFile = password.replaceAll(/[\\:]/g, String.raw`\$&`);

  test.each<[string, string, number, string]>([
    ["a line for all", `*:*:*:*:${inFile}`, 0o600, ok],
    [
      "the line of this host, port, database and user",
      `127.0.0.1:$P:postgres:reader:${inFile}`,
      0o600,
      ok,
    ],
    ["what follows a colon is no part of it", `*:*:*:*:${inFile}:more`, 0o600, ok],
    ["the first line that matches counts", `*:*:*:reader:wrong\n*:*:*:*:${inFile}`, 0o600, refused],
    [
      "lines of others and comments do not",
      `#*:*:*:*:wrong\n\n*:1:*:*:wrong\n*:*:other:*:wrong\nlocalhost:*:*:*:wrong\r\n*:*:*:*:${inFile}\r\n`,
      0o600,
      ok,
    ],
    [
      "a user that begins alike is another",
      `*:*:*:read:wrong\n*:*:*:reader_db:wrong\n*:*:*:reader:${inFile}`,
      0o600,
      ok,
    ],
    ["escapes in other fields", `127\\.0.0.1:*:post\\gres:*:${inFile}`, 0o600, ok],
    ["a line that ends too soon", "*:*:*", 0o600, refused],
    ["others may read it", `*:*:*:*:${inFile}`, 0o640, refused],
    ["everybody may read it", `*:*:*:*:${inFile}`, 0o604, refused],
    ["only its owner may, and not write", `*:*:*:*:${inFile}`, 0o400, ok],
  ])("a password file: %s", async (_, content, mode, wanted) => {
    const file = path.join(home, ".pgpass");
    await rm(file, { force: true });
    await writeFile(file, `${filled(content)}\n`);
    await chmod(file, mode);
    try {
      await same("postgresql://reader@127.0.0.1:$P/postgres", {}, wanted);
      if (wanted === ok) {
        await same("postgresql://reader:wrong@127.0.0.1:$P/postgres", {}, refused);
        await same("postgresql://reader@127.0.0.1:$P/postgres", { PGPASSWORD: "wrong" }, refused);
        await same(
          "postgresql://reader@127.0.0.1:$P/postgres",
          { PGPASSFILE: "/no/such" },
          refused,
        );
        await same(
          `host=127.0.0.1 port=$P user=reader dbname=postgres passfile='${file}'`,
          { PGPASSFILE: "/no/such" },
          ok,
        );
      }
    } finally {
      await rm(file, { force: true });
    }
  });

  const service = `host=127.0.0.1\nport=$P\nuser=reader\npassword=${password}\ndbname=postgres\n`;

  test.each<[string, string, string, string]>([
    ["a service", `[new]\n${service}`, "service=new", ok],
    [
      "comments, blanks, other groups",
      `# all\n[old]\nport=1\n\n  [new]  \n  # ours\n${service.replaceAll("\n", "  \n")}[later]\nport=1`,
      "service=new",
      ok,
    ],
    [
      "the string counts before it",
      `[new]\n${service}`,
      "service=new dbname=reader",
      "reader|reader|$P",
    ],
    ["in a URL", `[new]\n${service}`, "postgresql:///reader?service=new", "reader|reader|$P"],
    [
      "of one given twice the first counts",
      `[new]\n${service}port=1\n[new]\nport=2`,
      "service=new",
      ok,
    ],
    ["one that is not there", `[new]\n${service}`, "service=news", refused],
    ["one whose name begins alike", `[newer]\n${service}`, "service=new", refused],
    ["an unknown parameter", `[new]\n${service}color=red`, "service=new", refused],
    ["a parameter with blanks", `[new]\n${service}sslmode = require`, "service=new", refused],
    ["a line without =", `[new]\n${service}require`, "service=new", refused],
    ["a service in a service", `[new]\n${service}service=new`, "service=new", refused],
  ])("a service file: %s", async (_, content, text, wanted) => {
    const own = path.join(home, ".pg_service.conf");
    const elsewhere = path.join(home, "services");
    await writeFile(own, filled(content));
    try {
      await same(text, {}, wanted);
      await same(text, { PGSERVICEFILE: "/no/such" }, refused);
      await writeFile(elsewhere, filled(content));
      await rm(own);
      await same(text, { PGSERVICEFILE: elsewhere }, wanted);
      if (text === "service=new")
        await same("user=reader", { PGSERVICE: "new", PGSERVICEFILE: elsewhere }, wanted);
    } finally {
      await rm(own, { force: true });
    }
  });
});
