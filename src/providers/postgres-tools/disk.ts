/** How much room there is for a dump. */
import { statfs } from "node:fs/promises";
import path from "node:path";
import { UnreadableError } from "../../core/errors.ts";

/** Bytes that this user may still write where the folder is, or will be. */
export async function freeBytes(directory: string): Promise<number> {
  let place = path.resolve(directory);
  for (;;) {
    try {
      const disk = await statfs(place);
      return disk.bavail * disk.bsize;
    } catch (error) {
      const parent = path.dirname(place);
      if ((error as { code?: string }).code !== "ENOENT" || parent === place) {
        throw new UnreadableError({
          message: `The free space of ${place} could not be read: ${(error as Error).message}`,
        });
      }
      place = parent;
    }
  }
}
