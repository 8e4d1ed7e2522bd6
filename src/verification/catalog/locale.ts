/**
 * How a database orders texts: locales as each provider of them spells them. Pure.
 */

/** libc: `en_US.utf8` and `en_US.UTF-8` are one. */
function libcLocale(locale: string): string {
  return locale.replaceAll(/\.[\w-]+/g, (codeset) => codeset.toLowerCase().replaceAll("-", ""));
}

/**
 * Keywords of ICU's older form of a locale, `de@collation=phonebook`, and values
 * of them, as a language tag says them (CLDR's common/bcp47/collation.xml;
 * what Unicode's own aliases bring together is left to `Intl`).
 */
const tagKeys: Readonly<Record<string, string>> = {
  collation: "co",
  colalternate: "ka",
  colbackwards: "kb",
  colcaselevel: "kc",
  colcasefirst: "kf",
  colhiraganaquaternary: "kh",
  colnormalization: "kk",
  colnumeric: "kn",
  colreorder: "kr",
  colstrength: "ks",
};

const tagValues: Readonly<Record<string, string>> = {
  dictionary: "dict",
  gb2312han: "gb2312",
  identical: "identic",
  "non-ignorable": "noignore",
  no: "false",
  phonebook: "phonebk",
  quaternary: "level4",
  secondary: "level2",
  traditional: "trad",
};

/** `co-phonebk` of `collation=phonebook`, a tag's own key as it is; undefined where neither is known. */
function tagOf(keyword: string): string | undefined {
  const [key = "", value = ""] = keyword.split("=", 2);
  const known = key.length === 2 ? key : tagKeys[key];
  return known === undefined ? undefined : `${known}-${tagValues[value] ?? value}`;
}

/** One spelling of `tag`, which is no tag where ICU takes more than Unicode's grammar does. */
function canonical(tag: string): string {
  try {
    return (Intl.getCanonicalLocales(tag)[0] ?? tag).toLowerCase();
  } catch {
    return tag;
  }
}

/** ICU: 15 keeps the locale as it was given, 16 makes a language tag of it; the root has three names. */
function icuLocale(collation: string): string {
  const [locale = "", ...rules] = collation.slice("icu ".length).split("\n");
  const [language = "", keywords = ""] = locale.toLowerCase().split("@", 2);
  const tag = language.replace(/\..*/, "").replaceAll("_", "-");
  const base = tag === "" || tag === "root" ? "und" : tag;
  const attributes = keywords.split(";").filter((keyword) => keyword !== "");
  const tags = attributes.map(tagOf).filter((one) => one !== undefined);
  if (tags.length < attributes.length) return [locale, ...rules].join("\n");
  const whole = tags.length === 0 ? base : `${base}-u-${tags.join("-")}`;
  return [canonical(whole), ...rules].join("\n");
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
