// Times of a day on its own wall clock, of which the server sends every minute. Positions are seconds
// from the day's beginning.

import { two } from "./format.js";

/** @import { Day } from "./types.d.ts" */
/** @typedef {Pick<Day, "clock">} Clock */

/** "18:42", or "18:42:30" with `seconds`. @param {Clock} day @param {number} at */
export function clockWords({ clock }, at, seconds = false) {
  const whole = Math.max(0, Math.floor(at + 0.001));
  const minute = clock[Math.min(Math.floor(whole / 60), clock.length - 1)];
  return seconds ? `${minute}:${two(whole % 60)}` : minute;
}

/** The first position at which the clock shows "18:42" or "18:42:30"; null where it never does. @param {Clock} day @param {string} words */
export function positionOf({ clock }, words) {
  const [, hour = "", minute, second = "0"] = words.match(/^(\d+):(\d\d)(?::(\d\d))?$/) ?? [];
  const number = clock.indexOf(`${hour.padStart(2, "0")}:${minute}`);
  return number < 0 ? null : number * 60 + Number(second);
}

/**
 * The minutes between two positions at which the clock shows a multiple of `step` minutes.
 * @param {Clock} day @param {number} from @param {number} to @param {number} step
 */
export function ticks({ clock }, from, to, step) {
  const first = Math.ceil(from / 60);
  return clock.slice(first, Math.floor(to / 60) + 1).flatMap((words, number) => {
    const [hour, minute] = words.split(":").map(Number);
    return (hour * 60 + minute) % step ? [] : [first + number];
  });
}
