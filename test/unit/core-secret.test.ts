import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ActionError } from "../../src/core/errors.ts";
import { redact, Secret } from "../../src/core/secret.ts";

const value = "hunter2-canary";
const secret = new Secret(value);

describe("a secret prints as [secret]", () => {
  const error = new ActionError({ message: `failed with ${secret}` }, { cause: secret });
  it.each<[string, string]>([
    ["String", String(secret)],
    ["a template", `${secret}`],
    ["JSON", JSON.stringify({ secret, list: [secret] })],
    ["inspect", inspect(secret)],
    [
      "inspect, deep, hidden and all",
      inspect(
        { a: { b: new Map([[secret, [secret]]]) } },
        { depth: 9, showHidden: true, getters: true },
      ),
    ],
    [
      "inspect without custom inspection",
      inspect(secret, { customInspect: false, showHidden: true }),
    ],
    [
      "its fields",
      JSON.stringify([
        Object.entries(secret),
        Object.getOwnPropertyNames(secret),
        Object.assign({}, secret),
      ]),
    ],
    ["an error with it", inspect(error) + String(error.stack) + error.message],
    ["a copy", inspect(structuredClone(Object.assign({}, secret)))],
  ])("in %s", (_name, printed) => {
    expect(printed).not.toContain(value);
  });

  it("and gives its text to who asks for it", () => {
    expect(secret.reveal()).toBe(value);
    expect([`${secret}`, JSON.stringify(secret), inspect(secret)]).toEqual([
      "[secret]",
      '"[secret]"',
      "[secret]",
    ]);
  });
});

describe("redact", () => {
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join(
    "",
  );

  it.each<[string, (text: string) => string]>([
    ["as it is", (text) => text],
    ["in JSON", (text) => JSON.stringify({ password: text })],
    ["in a URL", (text) => `postgres://u:${encodeURIComponent(text)}@h/db`],
    ["in a URI", (text) => encodeURI(`https://h/?p=${text}`)],
    ["in a form", (text) => new URLSearchParams({ p: text }).toString()],
    [
      "in a URL object",
      (text) => {
        const url = new URL("postgres://h/db");
        url.password = text;
        return url.href;
      },
    ],
    ["in JSON in JSON", (text) => JSON.stringify({ body: JSON.stringify({ password: text }) })],
    ["in base64", (text) => Buffer.from(text).toString("base64")],
    ["in base64 for URLs", (text) => Buffer.from(text).toString("base64url")],
    ["in base64 with a user", (text) => `Basic ${Buffer.from(`user:${text}`).toString("base64")}`],
    ["in base64 with more", (text) => Buffer.from(`us:${text}@host`).toString("base64")],
    [
      "in base64 in a form",
      (text) => new URLSearchParams({ p: Buffer.from(text).toString("base64") }).toString(),
    ],
    [
      "in base64, lines of 76",
      (text) => Buffer.from(`u:${text}`).toString("base64").replaceAll(/.{76}/g, "$&\r\n"),
    ],
    ["broken over lines", (text) => text.replaceAll(/[^]{40}/gu, "$&\n    ")],
    ["broken after every character", (text) => text.replaceAll(/(?<=[^])(?=[^])/gu, "\n")],
    [
      "in lower-case URL encoding",
      (text) => encodeURIComponent(text).replaceAll(/%../g, (hex) => hex.toLowerCase()),
    ],
  ])("finds every printable character %s", (_name, echo) => {
    // The last ones begin and end with what may look like part of the text around it.
    for (const password of [printable, `${printable}é✓`, `a"b\\c d%e+f`, "$&$1$$"]) {
      const shown = redact(`before ${echo(password)} after`, [new Secret(password)]);
      expect(shown).toContain("[secret]");
      expect(shown).not.toContain(password);
      expect(shown).not.toContain(echo(password));
      expect(shown.startsWith("before ")).toBe(true);
      expect(shown.endsWith(" after")).toBe(true);
    }
  });

  it("replaces every echo, and a longer secret whole before a shorter one inside it", () => {
    const secrets = [new Secret("pass"), new Secret("password1")];
    expect(redact("password1 pass password1", secrets)).toBe("[secret] [secret] [secret]");
  });

  it("leaves no half of two that overlap", () => {
    const shown = redact("xabcdefx", [new Secret("abcd"), new Secret("cdef")]);
    expect(shown).not.toContain("abcd");
    expect(shown).not.toContain("ef");
  });

  it("finds what is spelled with several bytes or units, wherever it stands", () => {
    const secrets = [new Secret("pä😀ss")];
    for (const text of [
      "pä😀ss",
      "p%C3%A4%F0%9f%98%80ss",
      String.raw`p\u00e4\ud83d\uDE00ss`,
      "😀😀pä😀ss😀",
    ]) {
      expect(redact(text, secrets)).toMatch(/^(😀😀)?\[secret\](😀)?$/u);
    }
    expect(redact("😀😀", [new Secret("😀")])).toBe("[secret][secret]");
  });

  it("finds the copies that a shell or SQL quotes", () => {
    const secrets = [new Secret(`o'b"x$`)];
    expect(redact(`ALTER ROLE x PASSWORD 'o''b"x$'`, secrets)).toBe(
      "ALTER ROLE x PASSWORD '[secret]'",
    );
    expect(redact(String.raw`PGPASSWORD=o\'b\"x\$ psql`, secrets)).toBe("PGPASSWORD=[secret] psql");
  });

  it("leaves nothing of the base64 of a user and a password", () => {
    for (const user of ["u", "us", "use", "doadmin"]) {
      const echo = Buffer.from(`${user}:hunter2`).toString("base64");
      expect(redact(`authorization: Basic ${echo}, and so on`, [new Secret("hunter2")])).toBe(
        "authorization: Basic [secret], and so on",
      );
    }
  });

  it("finds one of four characters in every spelling, and one of one as it is", () => {
    const secrets = [new Secret("a'b%")];
    const base64 = Buffer.from("me:a'b%").toString("base64");
    for (const echo of ["a'b%", "a''b%", "a'b%25", String.raw`a\'b%`, "a\n  'b%", base64]) {
      expect(redact(`<${echo}>`, secrets)).toBe("<[secret]>");
    }
    expect(redact("password x", [new Secret("x")])).toBe("password [secret]");
  });

  it("leaves alone what is no secret", () => {
    const text = 'connection to server at "db.example", port 5432 failed: FATAL: no "entry" 100%';
    expect(redact(text, [new Secret("hunter2"), new Secret("5433")])).toBe(text);
  });

  it.each([
    ["\\", "\\\\\\\\x"],
    ["\\", "\\'x"],
    ["\\", "\\\nx"],
    ["\\", "'x"],
    ["\\", "\n\nx"],
    ["\\", "a\\a"],
    ["'", "''''''''''x"],
    ["'\\", "'\\'\\'x"],
    ["%5C", "\\\\x"],
    ["a", "aaaaaaaaaaaaaaaaaaaax"],
    ["\n", " \n \n x"],
    [" \n", "        x"],
    ["a\n ", "a a a a a a a x"],
    ["a\n\t ", "aaaaaaaaaaaax"],
    ["YWFh", "aaaaaaaaaaaax"],
    ["YWFh", "aaaa"],
  ])("takes no time over %j again and again, looking for %j", (scrap, password) => {
    const began = performance.now();
    redact(scrap.repeat(20_000), [new Secret(password)]);
    expect(performance.now() - began).toBeLessThan(1500);
  });

  it("is not led astray by an empty secret, or by one that looks like its own mark", () => {
    expect(redact("abc", [new Secret("")])).toBe("abc");
    expect(redact("a secret b", [new Secret("secret"), new Secret("b")])).not.toContain(" secret");
    expect(redact("tell: e", [new Secret("tell"), new Secret("e")])).toBe("[secret]: [secret]");
  });
});
