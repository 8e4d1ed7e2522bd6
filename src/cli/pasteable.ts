/**
 * Commands in remedies are written by floors that do not know how the program
 * was called. Here they get the flags without which they would mean another
 * plan or another run.
 */

export interface CalledWith {
  readonly plan: string | undefined;
  readonly state: string | undefined;
}

const command =
  /\bopensauced-migrate(?= (?:plan|run|verify|status|undo)\b(?![^;\n]*--(?:plan|state)\b))/g;

export function pasteableWith(called: CalledWith): (text: string) => string {
  const flags = [
    ...(called.plan === undefined ? [] : ["--plan", quoted(called.plan)]),
    ...(called.state === undefined ? [] : ["--state", quoted(called.state)]),
  ];
  if (flags.length === 0) return (text) => text;
  return (text) => text.replaceAll(command, () => `opensauced-migrate ${flags.join(" ")}`);
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
