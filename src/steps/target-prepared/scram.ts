/**
 * The SCRAM-SHA-256 verifier of a password, as PostgreSQL stores it (RFC 5803;
 * PostgreSQL 10 and newer). Sent in place of the password, so that the
 * password stands in no statement and in no log of the server.
 */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** PostgreSQL's own default, and what psql's \password uses. */
const iterations = 4096;

export function scramVerifier(password: string, salt: Buffer): string {
  // RFC 4013 asks for NFKC; non-ASCII spaces become a space and soft hyphens go.
  const prepared = password
    .replaceAll(/[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/g, " ")
    .replaceAll(
      /[\u00AD\u1806\u200C\u2060\uFEFF]|\u034F|\u200D|[\u180B-\u180D]|[\uFE00-\uFE0F]/g,
      "",
    )
    .normalize("NFKC");
  const salted = pbkdf2Sync(prepared, salt, iterations, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const serverKey = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
