/**
 * The tests that take minutes each: CI runs them, and `npm run test:whole`;
 * `npm test` is to stay under twelve minutes on two cores, and says of each
 * that it was left out.
 */

export const whole = process.env["OSM_TESTS"] === "whole";

export const needsMinutes = "takes its time: npm run test:whole, or CI";

/** For a block of them. */
export const whenWhole = { meta: { whenSkipped: needsMinutes } };
