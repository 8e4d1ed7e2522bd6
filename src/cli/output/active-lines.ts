/**
 * The lines under the step that is being worked on: what it does, or why it
 * waits, since when and until when; then how far it is, a line for each part.
 */
import { showDuration, showSize } from "../../core/duration.ts";
import type { Progress } from "../../core/verdict.ts";
import type { ActiveStep, RunPicture } from "./run-picture.ts";
import { cut, pad, showCount, widthOf, wrap } from "./text.ts";

/** Lines that the reason may take, and the parts that are listed. */
const mostReasonLines = 3;
const mostParts = 8;

/** `2m 10s of at most 4h`: how long it has been, and when it gives up. */
export function clockOf(active: ActiveStep, now: number): string {
  const elapsed = showDuration(Math.max(0, now - active.since));
  if (active.deadline === undefined) return elapsed;
  const whole = showDuration(Math.max(0, active.deadline - active.since));
  return `${elapsed} of at most ${whole}`;
}

export function activeLines(picture: RunPicture, width: number, mostLines: number): string[] {
  const { active } = picture;
  if (active === undefined) return [];
  const label = active.undoing ? "undoing: " : active.waiting ? "waiting: " : "";
  const reason = shorten(
    wrap(`${label}${active.doing}`, width, { rest: "  " }),
    mostReasonLines,
    width,
  );
  const progress = active.progress === undefined ? [] : progressLines(active.progress, width);
  const lines = [...reason, ...progress].map((line) => cut(line, width));
  return lines.slice(0, Math.max(1, mostLines));
}

function shorten(lines: string[], most: number, width: number): string[] {
  if (lines.length <= most) return lines;
  const last = `${lines[most - 1] ?? ""} ${(lines[most] ?? "").trim()}`;
  return [...lines.slice(0, most - 1), cut(`${last}…`, width)];
}

export function progressLines(progress: Progress, width: number): string[] {
  const total = totalOf(progress);
  const parts = progress.parts ?? [];
  const name = Math.min(24, Math.max(0, ...parts.map((part) => widthOf(part.name))));
  const shown = parts.length > mostParts ? parts.slice(0, mostParts - 1) : parts;
  const lines = shown.map((part) => cut(`${pad(cut(part.name, name), name)}  ${part.text}`, width));
  const left = parts.length - shown.length;
  return [
    ...(total === undefined ? [] : [total]),
    ...lines,
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}

/** `1,204 of 3,310 tables (36 %)`; undefined where nothing could be read. */
export function totalOf({ done, total, unit }: Progress): string | undefined {
  if (done === undefined) return undefined;
  const show = (n: number) => (unit === "bytes" ? showSize(n) : showCount(n));
  const noun = unit === undefined || unit === "bytes" ? "" : ` ${unit}`;
  if (total === undefined) return `${show(done)}${noun}`;
  const share = total > 0 ? ` (${Math.floor((100 * Math.min(done, total)) / total)} %)` : "";
  return `${show(done)} of ${show(total)}${noun}${share}`;
}

/** One line of text for a log. */
export function progressText(progress: Progress): string {
  const parts = (progress.parts ?? []).map((part) => `${part.name}: ${part.text}`);
  return [totalOf(progress), ...parts].filter((text) => text !== undefined).join("; ");
}
