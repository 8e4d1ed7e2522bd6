/**
 * What a person sees on a terminal, by the invented run: the real outputs,
 * signals and gates, with events that nobody had to wait for.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { hasPty, onTerminal } from "../support/pty.ts";
import { inventedSteps } from "../support/invented-run.ts";

const show = path.join(import.meta.dirname, "../support/show-invented-run.ts");
const program = (...words: string[]) => [process.execPath, show, ...words];
const yes = [
  ["Approved by", "mia\n"],
  ["Type yes", "yes\n"],
] as const;

// oxlint-disable-next-line no-control-regex -- colours are escapes
const coloured = /\u001b\[(?:3[0-7]|9[0-7])m/;
// oxlint-disable-next-line no-control-regex -- the same
const anyColour = /\u001b\[[\d;]*m/g;

const ptyNeeded = { meta: { whenSkipped: "needs util-linux's script" } };

describe.skipIf(!hasPty)("on a terminal", ptyNeeded, () => {
  test("a run to its end, approved by hand", async () => {
    const { code, text } = await onTerminal(program("finish", "--speed", "20"), yes, {});
    expect(code).toBe(0);
    expect(text).toMatch(coloured);
    const plain = text.replaceAll(anyColour, "");
    expect(plain).toContain("✔ Finished after 31.2 s.");
    expect(plain).toContain("approved by mia");
    expect(plain.lastIndexOf("\u001b[?25h")).toBeGreaterThan(plain.lastIndexOf("\u001b[?25l"));
    expectNoFalseTicks(plain);
  });

  test("NO_COLOR leaves no colour", async () => {
    const { text } = await onTerminal(program("finish", "--speed", "20"), yes, { NO_COLOR: "1" });
    expect(text).toContain("✔ Finished");
    expect(text).not.toMatch(coloured);
  });

  test("anything but yes stops at the gate", async () => {
    const no = [yes[0], ["Type yes", "y\n"]] as const;
    const { code, text } = await onTerminal(program("finish", "--speed", "20"), no, {});
    expect(code).toBe(4);
    expect(text).not.toContain("POINT OF NO RETURN");
  });

  test("the end of input at the gate is no yes", async () => {
    const { code } = await onTerminal(
      program("finish", "--speed", "20"),
      [["Approved by", "\u0004"]],
      {},
    );
    expect(code).toBe(4);
  });

  test("Ctrl-C while the list is drawn stops the run, says what becomes of the source, and shows the cursor", async () => {
    const { code, text } = await onTerminal(
      program("finish", "--speed", "2"),
      [["target-prepared", "\u0003"]],
      {},
    );
    expect(code).toBe(130);
    expect(text).toContain("Stopping after step");
    expect(text.replaceAll(/\s+/g, " ")).toContain("it will be made writable again.");
    expect(text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(text.lastIndexOf("\u001b[?25l"));
  });

  test("with --json nobody is asked, terminal or not", async () => {
    const { code, text } = await onTerminal(program("finish", "--speed", "20", "--json"), yes, {});
    expect(code).toBe(4);
    expect(text).not.toContain("Type yes");
  });
});

test("a reader that goes away does not end the run", async () => {
  const [command = "", ...words] = program("finish", "--speed", "20", "--plain");
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(errors).toBe("");
  // The gate is the end of the invented run where nobody can be asked.
  expect(code).toBe(4);
});

/** A step has its tick only from its own last line on: not while it waits for its turn. */
function expectNoFalseTicks(screen: string): void {
  for (const [index, id] of inventedSteps.entries()) {
    const ticked = screen.indexOf(`✔ ${id} `);
    expect(ticked).toBeGreaterThan(-1);
    const before = inventedSteps[index - 1];
    if (before !== undefined) expect(ticked).toBeGreaterThan(screen.indexOf(`✔ ${before} `));
  }
}
