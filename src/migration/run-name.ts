/** Names of runs: short, lower-case letters and digits, usable in every vendor's names. */

const letters = "abcdefghjkmnpqrstvwxyz23456789";

/** `261123k4q7`: the day, then four random letters. Begins with a digit, so that `osm<run>` reads well. */
export function runName(now: Date, random: () => number): string {
  const day = now.toISOString().slice(2, 10).replaceAll("-", "");
  const tail = Array.from({ length: 4 }, () => letters[Math.floor(random() * letters.length)]);
  return `${day}${tail.join("")}`;
}
