/**
 * What kind of terminal a person sits at: colour, width, symbols. Reads the
 * four variables that terminals agree on and nothing else of the environment;
 * settings and secrets come through compose.ts.
 */

export interface TerminalFacts {
  /** Colour on standard output. */
  readonly colour: boolean;
  readonly colourOnErrors: boolean;
  /** Symbols beyond ASCII can be shown: not on Linux's text console nor on a dumb terminal. */
  readonly unicode: boolean;
  /** A live list may be drawn on standard output. */
  readonly live: boolean;
  /** A person can be asked: both standard input and standard output are terminals. */
  readonly canAsk: boolean;
}

export interface TerminalVariables {
  readonly NO_COLOR?: string | undefined;
  readonly FORCE_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
  readonly CI?: string | undefined;
}

export function terminalVariables(): TerminalVariables {
  const { NO_COLOR, FORCE_COLOR, TERM, CI } = process.env;
  return { NO_COLOR, FORCE_COLOR, TERM, CI };
}

/**
 * A flag beats the environment; NO_COLOR (no-color.org: set and not empty)
 * beats FORCE_COLOR, of which `0` and `false` mean no.
 */
export function terminalFacts(
  variables: TerminalVariables,
  streams: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean },
  flag: boolean | undefined,
): TerminalFacts {
  const dumb = variables.TERM === "dumb";
  return {
    colour: flag ?? colourByEnvironment(variables, streams.stdout && !dumb),
    colourOnErrors: flag ?? colourByEnvironment(variables, streams.stderr && !dumb),
    unicode: !dumb && variables.TERM !== "linux",
    live: streams.stdout && !dumb && !isOn(variables.CI),
    canAsk: streams.stdin && streams.stdout,
  };
}

function colourByEnvironment(variables: TerminalVariables, terminal: boolean): boolean {
  if (variables.NO_COLOR !== undefined && variables.NO_COLOR !== "") return false;
  if (variables.FORCE_COLOR !== undefined)
    return isOn(variables.FORCE_COLOR) || variables.FORCE_COLOR === "";
  return terminal;
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false"].includes(value);
}
