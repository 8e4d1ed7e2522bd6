/**
 * A file that people write by hand, or that holds one secret: read to its end,
 * up to a limit. A device has no end, and a dump named by mistake fills the memory.
 */
import { createReadStream } from "node:fs";

/** Why a file could not be read, as the end of a sentence about it. */
export function whyUnreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
  const why = {
    ENOENT: "does not exist",
    ENOTDIR: "does not exist",
    EISDIR: "is a folder",
    EFBIG: "is longer than 1 MB",
    ELOOP: "is a link that leads back to itself",
  }[code];
  return why ?? `could not be read (${code})`;
}

/** Bytes; certificate authorities of several hundred certificates have as many. */
export const mostBytes = 1024 * 1024;

/** Throws what node:fs throws, and with the code EFBIG for what is longer. */
export async function readSmallFile(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  // `end` is the last byte that is read: one more than may be there.
  for await (const chunk of createReadStream(file, { end: mostBytes })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
  }
  if (length > mostBytes) {
    throw Object.assign(new Error("The file is longer than 1 MB."), { code: "EFBIG" });
  }
  return Buffer.concat(chunks).toString("utf8");
}
