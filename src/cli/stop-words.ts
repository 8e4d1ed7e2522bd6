/** What is said to somebody who presses Ctrl-C, by what is going on at that moment. */
import type { RunPicture } from "./output/run-picture.ts";
import type { StopWords } from "./stopping.ts";

export const lookingWords: StopWords = {
  first: "Stopping. Nothing was changed.",
  second: "Still waiting for an answer; Ctrl-C once more ends at once. Nothing was changed.",
  third: "Ended at once. Nothing was changed.",
};

export function runStopWords(picture: RunPicture): StopWords {
  const { active, pastPointOfNoReturn } = picture;
  const step = active === undefined ? "what is under way" : `step ${active.id}`;
  if (pastPointOfNoReturn) {
    return {
      first: `Stopping after ${step} comes to rest. The point of no return is passed: the source stays frozen until the run is resumed.`,
      second:
        "Stopping is under way. Ctrl-C once more ends at once; the run can be resumed either way.",
      third:
        "Ended at once, past the point of no return. Users may be unable to write: opensauced-migrate run --resume",
    };
  }
  return {
    first: `Stopping after ${step} comes to rest; if this run froze the source, it will be made writable again.`,
    second:
      "Undoing the freeze is under way: let it end. Ctrl-C once more ends at once and may leave the source FROZEN.",
    third:
      "Ended at once. THE SOURCE MAY BE FROZEN: opensauced-migrate status tells, opensauced-migrate undo allows writes again.",
  };
}
