// Which part of a day the strip shows: positions in seconds from the day's beginning.

/** @import { Day, Span } from "./types.d.ts" */

const CLOSEST = 120; // seconds that the strip shows at the least
const STEPS = [60, 300, 600, 1800, 3600, 7200, 10800, 21600]; // seconds between two numbers of its clock
const APART = 70; // pixels that a number of the clock takes

/** The range of `span` seconds that begins at `from`, as far as the day allows. @param {number} from @param {number} span @param {number} length @returns {Span} */
export function within(from, span, length) {
  const wide = Math.min(Math.max(span, CLOSEST), length);
  const begin = Math.min(Math.max(from, 0), length - wide);
  return [begin, begin + wide];
}

/** The range with `by` times as much time, in which what is at `about` stays where it is. @param {Span} range @param {number} by @param {number} about @param {number} length */
export function zoomed([from, to], by, about, length) {
  const span = Math.min(Math.max((to - from) * by, CLOSEST), length);
  return within(about - (about - from) * (span / (to - from)), span, length);
}

/** The part of the day that has something in it, with an hour around it. @param {Pick<Day, "spans" | "length">} day @returns {Span} */
export function filled({ spans, length }) {
  if (!spans.length) return [0, length];
  const from = Math.max(0, spans[0][0] - 3600);
  const to = Math.min(length, spans[spans.length - 1][1] + 3600);
  return to - from > length / 2 ? [0, length] : [from, to];
}

/** Seconds between two numbers of the clock, so that they have room on a strip of so many pixels. @param {number} span @param {number} pixels */
export function tickStep(span, pixels) {
  const most = Math.max(2, Math.floor(pixels / APART));
  return STEPS.find((step) => span / step <= most) ?? STEPS[STEPS.length - 1];
}
