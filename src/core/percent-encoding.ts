/** Percent-encoding as RFC 3986 has it: `encodeURIComponent` leaves `!'()*` alone, which shells and env files do not. */

export function percentEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
