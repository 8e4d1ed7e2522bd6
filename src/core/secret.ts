/**
 * A value that must never be shown. It prints as `[secret]` in every way a
 * JavaScript value can be printed; only `reveal()` gives the text, at the one
 * place that hands it to a driver, a child's environment or a 0600 file.
 */

export { redact } from "./redact.ts";

const inspected = Symbol.for("nodejs.util.inspect.custom");

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspected](): string {
    return "[secret]";
  }
}
