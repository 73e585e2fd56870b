// Times of a day on its own wall clock. Positions are seconds from the day's beginning.

import { noon, sinceMidnight, timeWords } from "./format.js";
import { locale } from "./words.js";

/** @import { Day, DayClock } from "./types.d.ts" */

const MONTH = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" });
const WEEKDAY = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });

/** @param {string} month */
export const monthWords = (month) => MONTH.format(noon(`${month}-01`));
/** Monday first: 2024-01-01 was one. */
export const weekdays = () => [1, 2, 3, 4, 5, 6, 7].map((n) => WEEKDAY.format(noon(`2024-01-0${n}`)));

/** A day of which nothing is known yet. @type {Day} */
export const UNKNOWN_DAY = {
  day: "", title: "", start: 0, length: 0, clocks: [], summary: "", elsewhere: "", recorded: "", complete: "", pending: 0, spans: [],
  waiting: [], talk: [], people: [], places: [], pictured: "", rows: [], revision: "",
};

/** How many seconds the wall clock shows since midnight at a position. @param {DayClock} day @param {number} at */
function wallClock(day, at) {
  let ahead = day.clocks[0]?.[1] ?? 0;
  for (const [from, seconds] of day.clocks) if (at >= from) ahead = seconds;
  return sinceMidnight(day.start + at + ahead);
}

/** "18:42", or "18:42:30" with `seconds`. @param {DayClock} day @param {number} at */
export function clockWords(day, at, seconds = false) {
  return timeWords(wallClock(day, at), seconds);
}

/** The first position at which the clock shows "18:42" or "18:42:30"; null where it never does. @param {DayClock} day @param {string} words */
export function positionOf(day, words) {
  const [hour, minute, second = 0] = words.split(":").map(Number);
  const wanted = hour * 3600 + minute * 60 + second;
  if (!Number.isFinite(wanted)) return null;
  const ends = [...day.clocks.slice(1).map(([from]) => from), day.length];
  for (const [number, [from]] of day.clocks.entries()) {
    const at = from + ((wanted - wallClock(day, from) + 86400) % 86400);
    if (at < ends[number]) return at;
  }
  return null;
}

/**
 * Positions between two others at which the clock shows a multiple of `step` seconds.
 * @param {DayClock} day @param {number} from @param {number} to @param {number} step
 */
export function ticks(day, from, to, step) {
  /** @type {number[]} */
  const positions = [];
  const ends = [...day.clocks.slice(1).map(([begin]) => begin), day.length];
  day.clocks.forEach(([begin], number) => {
    const low = Math.max(begin, from - step);
    let at = low + ((step - (wallClock(day, low) % step)) % step);
    for (; at < Math.min(ends[number], to + 1); at += step) if (at >= from) positions.push(at);
  });
  return positions;
}

/** The position of this moment in the day, or null where it is another day. @param {DayClock} day */
export function now(day) {
  const at = Date.now() / 1000 - day.start;
  return at >= 0 && at < day.length ? at : null;
}
