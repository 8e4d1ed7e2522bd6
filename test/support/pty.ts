/**
 * A program on a terminal of 80x24: util-linux's `script` lends the pty. What
 * the program wrote is gathered as it comes; answers are typed when a text
 * that they answer has appeared.
 */
import { spawn, spawnSync } from "node:child_process";

export interface Transcript {
  readonly code: number | null;
  /** Everything that came to the screen, escapes included. */
  readonly text: string;
}

/** A text to wait for, and what is typed then. */
export type Answer = readonly [awaited: string, typed: string];

export const hasPty = (() => {
  const version = spawnSync("script", ["--version"], { encoding: "utf8" });
  return version.status === 0 && version.stdout.includes("util-linux");
})();

export function onTerminal(
  words: readonly string[],
  answers: readonly Answer[],
  env: Readonly<Record<string, string>>,
): Promise<Transcript> {
  const command = `stty cols 80 rows 24; exec ${words.map((word) => `'${word}'`).join(" ")}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  let seenTo = 0;
  const left = [...answers];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (let next = left[0]; next !== undefined; next = left[0]) {
      const at = text.indexOf(next[0], seenTo);
      if (at === -1) break;
      seenTo = at + next[0].length;
      child.stdin.write(next[1]);
      left.shift();
    }
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
}
