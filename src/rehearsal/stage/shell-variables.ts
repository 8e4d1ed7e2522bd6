/** Environment variables as a file that a shell reads with `.`: what a kept cloud leaves to its person. */
import { writeFile } from "node:fs/promises";

/** Anything but NUL, newlines too, stands for itself in single quotes (POSIX 2.2.2). */
export function exportLines(values: { readonly [name: string]: string }): string {
  return Object.entries(values)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join("");
}

/** 0600: passwords are among them. */
export async function writeShellVariables(
  file: string,
  values: { readonly [name: string]: string },
): Promise<void> {
  await writeFile(file, exportLines(values), { mode: 0o600 });
}
