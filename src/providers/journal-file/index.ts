/** Runs' journals as files in a folder of this machine; the state folder's door. */
export { openJournalStore, type FileJournalStore } from "./store.ts";
export type { FileJournal } from "./file-journal.ts";
export type { Holder } from "./holder.ts";
