/** The rehearsal's own certificate authority. */
export { type Authority, createAuthority, type Issued, type Subject } from "./authority.ts";
