/**
 * DNS names in the one form in which they are compared: lower case (RFC 4343),
 * absolute, without the final dot. Resolves nothing.
 */

/** `DB.Example.com.` and `db.example.com` are the same name; the root is "". */
export function canonicalName(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, "");
}

export function sameName(a: string, b: string): boolean {
  return canonicalName(a) === canonicalName(b);
}

/** True for the zone's own name and for every name below it. */
export function isWithin(name: string, zone: string): boolean {
  const below = canonicalName(name);
  const origin = canonicalName(zone);
  return origin === "" || below === origin || below.endsWith(`.${origin}`);
}

/** `db.example.com` for `db` in `example.com`; `@` is the zone itself. */
export function absoluteName(relative: string, zone: string): string {
  const name = canonicalName(relative);
  const origin = canonicalName(zone);
  return name === "@" || name === "" ? origin : `${name}.${origin}`;
}

/** `db` for `db.example.com` in `example.com`; `@` for the zone itself. */
export function relativeName(absolute: string, zone: string): string {
  const name = canonicalName(absolute);
  const origin = canonicalName(zone);
  if (name === origin) return "@";
  return name.endsWith(`.${origin}`) ? name.slice(0, -origin.length - 1) : name;
}
