/**
 * Comparing two databases. What steps and commands may use; everything else in
 * this folder is its own business.
 */
export { compareDatabases } from "./compare-databases.ts";
export {
  compareWhileWritten,
  type WrittenComparison,
  type WrittenRequest,
} from "./compare-while-written.ts";
export { CopyBehind, type Fence } from "./written/settle.ts";
export type { WrittenTable } from "./written/table-answer.ts";
export { changedRightsSql } from "./access/changed-rights.ts";
export { accessObjects } from "./access/objects.ts";
export { defaultPrivilegesSql, grantsSql, rolesSql, settingsSql } from "./access/rights.ts";
export { type Role, type RoleNaming, shownRole, shownSetting } from "./access/role-names.ts";
export type { CompareOptions, CompareRequest, ComparisonProgress } from "./options.ts";
export type { Held } from "./held/held.ts";
export { compareRestSince, restOf } from "./held/compare-rest-since.ts";
export type {
  ChangedValue,
  ComparisonTotals,
  DatabaseComparison,
  DeferredTable,
  Difference,
  DrillDown,
  Equality,
  Redone,
  Resumed,
  RowClass,
  RowDifference,
  SequenceComparison,
  SinceProof,
  TableComparison,
  Unchecked,
  UncheckedCode,
  Weight,
} from "./report.ts";
export { inTurn } from "./in-turn.ts";
export { equalityOf } from "./report.ts";
export type { PauseBounds } from "./pause/decide.ts";
export { defaultDrillDownLimits } from "./contents/drill-down.ts";
export type { Side, SideLabel } from "./side.ts";
export type { Proven } from "./reuse/proven.ts";
export type { ReadBatch } from "./resume/read-batch.ts";
export type { Manifest } from "./since/manifest.ts";
export { readSequences } from "./sequences/read.ts";
export type { SequencePosition, SequenceState } from "./sequences/state.ts";
export { type SequenceAdvance, sequenceAdvances, setSequences } from "./sequences/advance.ts";
export { type SequenceVerdicts, judgeSequences } from "./sequences/verdict.ts";
