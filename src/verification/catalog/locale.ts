/**
 * How a database orders texts: locales as each provider of them spells them. Pure.
 */

/** libc: `en_US.utf8` and `en_US.UTF-8` are one. */
function libcLocale(locale: string): string {
  return locale.replaceAll(/\.[\w-]+/g, (codeset) => codeset.toLowerCase().replaceAll("-", ""));
}

/** ICU: 15 keeps the locale as it was given, 16 makes a language tag of it; the root has three names. */
function icuLocale(collation: string): string {
  const [locale = "", ...rules] = collation.slice("icu ".length).split("\n");
  const tag = locale.toLowerCase().replaceAll("_", "-");
  return [tag === "" || tag === "root" ? "und" : tag, ...rules].join("\n");
}

export function sameLocale(source: string, target: string): boolean {
  if (source.startsWith("icu ") && target.startsWith("icu ")) {
    return icuLocale(source) === icuLocale(target);
  }
  return libcLocale(source) === libcLocale(target);
}

/** Two locales of libc are told by the database's locale, by its own weight. */
export function sameCollation(source: string, target: string): boolean {
  if (source.startsWith("icu ")) return sameLocale(source, target);
  return source === target || (source.startsWith("libc ") && target.startsWith("libc "));
}

/** By code points: libc's C and POSIX, and everything that the server itself provides (since 17). */
export function ordersByCode(collation: string): boolean {
  return /^(?:builtin |libc (?:C|POSIX)(?:\.|$))/.test(collation);
}
