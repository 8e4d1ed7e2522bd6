/**
 * Are the generated files in the repository the ones this program would make?
 * Asks the built program, so run the build first. Changes nothing.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

const generated = [
  {
    file: "migrations-plans/plan.schema.json",
    words: ["schema"],
    again: "npm run schema",
  },
] as const;

function committed(file: string): string | undefined {
  try {
    return readFileSync(path.join(root, file), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

for (const { file, words, again } of generated) {
  const text = execFileSync(process.execPath, ["bin/opensauced-migrate.js", ...words], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const there = committed(file);
  if (there === text) continue;
  process.exitCode = 1;
  process.stderr.write(
    `${file} is ${there === undefined ? "missing" : "not what the program prints"}. Run: ${again}\n`,
  );
}
