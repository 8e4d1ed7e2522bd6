import { describe, expect, it } from "vitest";
import { parsePlan } from "../../src/core/plan/parse.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import { edited, kinds, problems } from "../support/plan-text.ts";

describe("secrets", () => {
  const canary = "hunter2Canary";

  it.each([
    "password: hunter2Canary",
    "password: '*hunter2Canary'",
    "password: *hunter2Canary",
    "password: &hunter2Canary x",
    "password: !hunter2Canary x",
    "password: |hunter2Canary",
    'password: "\\hunter2Canary"',
    "password: @hunter2Canary",
    "password: `hunter2Canary",
    "password: %hunter2Canary",
    "password: [hunter2Canary]",
    "password: [hunter2Canary",
    "password: {a: hunter2Canary}",
    "password: x: hunter2Canary",
    "password: 'x' hunter2Canary",
    "password: >1x hunter2Canary",
    "password: ${hunter2Canary}",
    "password: ${env:hunter2Canary!}",
    "password: ${env:A}hunter2Canary",
    "password: ${file:}hunter2Canary",
    "password: ${target:hunter2Canary}",
    "password: 'hunter2Canary",
    "password:\n  hunter2Canary\n hunter2Canary",
  ])("written out are refused, and not told back: %s", (line) => {
    const text = edited("password: ${env:SOURCE_PASSWORD}", line);
    let error: unknown;
    try {
      parsePlan(text, "p.yaml", kinds);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PlanError);
    const { message, stack, problems: told } = error as PlanError;
    expect(JSON.stringify([message, stack, told, error])).not.toContain(canary);
  });

  // Quotes, which the number seems to ask for, would only be refused next.
  it.each(["hunter2Canary", "12345678"])("says what to write instead of %s", (written) => {
    expect(problems(edited("${env:SOURCE_PASSWORD}", written))).toEqual([
      "8:15 source.digitalocean.password: a secret is never written into a plan: give `${env:NAME}` or `${file:PATH}`",
    ]);
  });

  it.each(["postgres://api:hunter2Canary@db/x", "postgres://${env:USER}:hunter2Canary@db/x"])(
    "inside a URL are refused: %s",
    (url) => {
      const told = problems(edited("name: db.opensauced.pizza", `name: ${url}`)).join();
      expect(told).toContain(
        "41:15 steps[4].records[0].name: a password is never written into a plan",
      );
      expect(told).not.toContain(canary);
    },
  );

  it.each([
    "host=db user=api password=hunter2Canary",
    "host=db password = 'hunter2Canary' user=api",
    "host=a,b port=1,2 password=\\'hunter2Canary",
    "host=/var/run/postgresql password= hunter2Canary",
    "host=db password=x${env:A} sslpassword=hunter2Canary",
    "postgresql://db1:5432,[::1]:5433/x?user=api&password=hunter2Canary",
    "postgresql:///x?host=%2Ftmp&password=hunter2Canary",
    "jdbc:postgresql://db/x?user=api&password=hunter2Canary",
    "Host=db;Username=api;Password=hunter2Canary",
  ])("inside a connection string are refused: %s", (written) => {
    const quoted = `'${written.replaceAll("'", "''")}'`;
    const told = problems(edited("name: db.opensauced.pizza", `name: ${quoted}`)).join();
    expect(told).toContain("steps[4].records[0].name: a password is never written into a plan");
    expect(told).not.toContain(canary);
  });

  it.each([
    "host=db user=api password=${env:PASSWORD} dbname=x",
    "host=db password='${env:PASSWORD}' passfile=/x",
    "host=db password = ${file:password}",
    "postgresql://db/x?user=api&password=${env:PASSWORD}&sslmode=verify-full",
    "host=db require_password=1",
  ])("by reference inside a connection string are fine: %s", (written) => {
    const quoted = `'${written.replaceAll("'", "''")}'`;
    expect(problems(edited("name: db.opensauced.pizza", `name: ${quoted}`))).toEqual([]);
  });

  it("by reference inside a URL are fine", () => {
    const url = "postgres://${env:USER}:${env:PASSWORD}@db:5432/x?a=b@c";
    expect(problems(edited("name: db.opensauced.pizza", `name: ${url}`))).toEqual([]);
  });
});
