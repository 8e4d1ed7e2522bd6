/** The engine's door: carry a run forward, withdraw it, or only survey. */
export { carry, type Outcome } from "./carry.ts";
export { withdraw } from "./withdraw.ts";
export { keptProof } from "./kept.ts";
export { survey, type Look, type SurveyedStep } from "./survey.ts";
export type { Approver, CarryOptions, Clock, EnginePorts } from "./ports.ts";
export type { Stop } from "./ending.ts";
