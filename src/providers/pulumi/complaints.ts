/** What a failed command's diagnostics complain of, as the CLI itself would print it. Pure. */
import { stripVTControlCharacters } from "node:util";

interface Diagnostic {
  readonly severity?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * A program that does not even compile is told as `info#err`, what it wrote to
 * standard error, and as no error at all (seen in 3.230, with `runtime: yaml`);
 * coloured, whatever --color says. From a program that failed later, it is chatter.
 */
export function complaintsAmong(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const told = errors.length > 0 ? errors : diagnostics.filter(isStandardError);
  return told
    .map(({ message = "" }) => stripVTControlCharacters(message).trim())
    .map((message) => `error: ${message.replace(/^error: /i, "")}`)
    .join("\n");
}

function isStandardError({ severity }: Diagnostic): boolean {
  return severity === "info#err";
}
