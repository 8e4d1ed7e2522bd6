/**
 * A value that must never be shown. It prints as `[secret]` in every way a
 * JavaScript value can be printed; only `reveal()` gives the text, at the one
 * place that hands it to a driver, a child's environment or a 0600 file.
 */

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

/** Forms in which a vendor may echo a secret: as is, URL-encoded, JSON-escaped. */
function echoes(secret: Secret): string[] {
  const value = secret.reveal();
  if (value === "") return [];
  const json = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, encodeURIComponent(value), encodeURI(value), json])];
}

/**
 * Replaces every echo of the given secrets in a text by `[secret]`. Longest
 * first, so that a secret which contains another one disappears whole.
 */
export function redact(text: string, secrets: Iterable<Secret>): string {
  const needles = [...secrets].flatMap(echoes).toSorted((a, b) => b.length - a.length);
  return needles.reduce((shown, needle) => shown.replaceAll(needle, "[secret]"), text);
}
