/**
 * A run for programs: each event is one line of JSON on standard output, and
 * nothing else ever is. What people should read goes to standard error.
 */
import type { RunOutput, Write } from "./run-output.ts";

export function jsonOutput(writeOut: Write, people: RunOutput): RunOutput {
  return {
    ...people,
    listener: (event) => {
      writeOut(`${JSON.stringify(event)}\n`);
      people.listener(event);
    },
  };
}
