/** What references of a plan may lead to: refused at their place before anything is touched, and never shown. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePlan } from "../../src/core/plan/parse.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import { resolveReferences } from "../../src/migration/references.ts";
import { mostBytes, readSmallFile } from "../../src/migration/small-file.ts";
import { edited, kinds, planText } from "../support/plan-text.ts";

let folder: string;
const put = (name: string, content: string | Buffer) =>
  writeFileSync(path.join(folder, name), content);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "references-"));
  mkdirSync(path.join(folder, "secrets"));
  put("secrets/target", "canary-of-the-target\n");
});

afterAll(() => rmSync(folder, { recursive: true }));

const others = {
  DIGITALOCEAN_TOKEN: "dop_v1_canary",
  SUBSCRIPTION: "00000000-0000-0000-0000-000000000000",
  API_PASSWORD: "canary-of-api",
  PIZZA_PASSWORD: "canary-of-pizza",
};

/** The source's password as it was understood, or what was said about it. */
async function taken(text: string, sourcePassword: string | undefined): Promise<string> {
  const file = path.join(folder, "p.yaml");
  const variables = { ...others, SOURCE_PASSWORD: sourcePassword };
  const plan = parsePlan(text, file, kinds);
  try {
    const references = await resolveReferences(
      { file, text, document: plan.document },
      {
        variable: (name) => Object.entries(variables).find(([known]) => known === name)?.[1],
        readFile: readSmallFile,
      },
    );
    return `=${references.secret(plan.source.digitalocean.password).reveal()}`;
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    expect(error.message).not.toContain("canary");
    const [problem] = error.problems;
    expect(error.problems).toHaveLength(1);
    expect(`${problem?.line}:${problem?.column} ${problem?.path}`).toBe(
      "8:15 source.digitalocean.password",
    );
    return problem?.message ?? "";
  }
}

const everyPrintable = `${Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join("")}é漢🍕`;

describe("an environment variable", () => {
  test.each([
    [undefined, "the environment variable SOURCE_PASSWORD is not set"],
    ["", "the environment variable SOURCE_PASSWORD is empty"],
    ["\n", "the environment variable SOURCE_PASSWORD is empty"],
    [" \t ", "the environment variable SOURCE_PASSWORD holds nothing but blanks"],
    ["canary\0", "the environment variable SOURCE_PASSWORD holds a NUL character; is it text?"],
    ["canary\uFFFD", "the environment variable SOURCE_PASSWORD is not UTF-8"],
    [
      "canary\nx",
      "the environment variable SOURCE_PASSWORD has several lines; a password or token is one line",
    ],
    [
      "canary\n\n",
      "the environment variable SOURCE_PASSWORD has several lines; a password or token is one line",
    ],
    ["canary\n", "=canary"],
    ["canary\r\n", "=canary"],
    [" canary ", "= canary "],
    ["${env:HOME}", "=${env:HOME}"],
    [everyPrintable, `=${everyPrintable}`],
  ])("that is %j", async (value, said) => {
    expect(await taken(planText, value)).toBe(said);
  });
});

describe("a file", () => {
  const naming = (name: string) => edited("${env:SOURCE_PASSWORD}", `\${file:${name}}`);
  const within = (name: string, why: string) => `the file ${path.join(folder, name)} ${why}`;

  test.each<[string, string | Buffer, string]>([
    ["newline", "canary\n", "=canary"],
    ["crlf", "canary\r\n", "=canary"],
    ["bom", "\uFEFFcanary\n", "=canary"],
    ["none", "canary", "=canary"],
    ["name with 'quotes' é", "canary", "=canary"],
    ["every", `${everyPrintable}\n`, `=${everyPrintable}`],
  ])("called %s is taken", async (name, content, value) => {
    put(name, content);
    expect(await taken(naming(name), "x")).toBe(value);
  });

  test.each<[string, string | Buffer, string]>([
    ["empty", "", "is empty"],
    ["only-newline", "\n", "is empty"],
    ["blanks", "  \n", "holds nothing but blanks"],
    ["nul", "canary\0", "holds a NUL character; is it text?"],
    ["utf16", Buffer.from("canary", "utf16le"), "holds a NUL character; is it text?"],
    ["latin1", Buffer.from("canaryé", "latin1"), "is not UTF-8"],
    ["huge", Buffer.alloc(mostBytes + 1, "c"), "is longer than 1 MB"],
  ])("that is %s is refused", async (name, content, why) => {
    put(name, content);
    expect(await taken(naming(name), "x")).toBe(within(name, why));
  });

  test("that is none is refused", async () => {
    mkdirSync(path.join(folder, "folder"));
    symlinkSync("loop", path.join(folder, "loop"));
    symlinkSync("nowhere", path.join(folder, "dangling"));
    expect(await taken(naming("folder"), "x")).toBe(within("folder", "is a folder"));
    expect(await taken(naming("loop"), "x")).toBe(
      within("loop", "is a link that leads back to itself"),
    );
    expect(await taken(naming("dangling"), "x")).toBe(within("dangling", "does not exist"));
    expect(await taken(naming("secrets/target/x"), "x")).toBe(
      within("secrets/target/x", "does not exist"),
    );
    // No shell reads a plan, so `~` is a name like another; the message shows where was looked.
    expect(await taken(naming("~/password"), "x")).toBe(within("~/password", "does not exist"));
    expect(await taken(naming("/dev/zero"), "x")).toBe("the file /dev/zero is longer than 1 MB");
  });

  test("that may not be read is refused", async ({ skip }) => {
    skip(process.getuid?.() === 0, "root may read everywhere");
    put("locked", "canary");
    chmodSync(path.join(folder, "locked"), 0);
    expect(await taken(naming("locked"), "x")).toBe(within("locked", "could not be read (EACCES)"));
  });

  test("that comes through a pipe is read once, however often it is named", async () => {
    execFileSync("mkfifo", [path.join(folder, "pipe")]);
    const text = naming("pipe").replace("${env:API_PASSWORD}", "${file:pipe}");
    const writing = readSmallFile("/dev/null").then(() =>
      execFileSync("sh", ["-c", 'printf canary >"$0" &', path.join(folder, "pipe")], {
        stdio: "ignore",
      }),
    );
    expect(await taken(text, "x")).toBe("=canary");
    await writing;
  });
});
