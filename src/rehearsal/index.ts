/** The rehearsal's door. */
export { rehearse } from "./rehearse.ts";
export { knownFaults as listFaults } from "./faults.ts";
