// Days, times and sizes in words of the person's language.

import { locale } from "./words.js";

/** @param {Intl.DateTimeFormatOptions} options */
const utc = (options) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
const DAY = utc({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const COMPACT = utc({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const SHORT = utc({ day: "numeric", month: "short" });
const WHEN = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

/** "07" of 7. @param {number} number */
export const two = (number) => String(number).padStart(2, "0");

/** The noon of an ISO date, in UTC. @param {string} day */
export const noon = (day) => new Date(`${day}T12:00:00Z`);

/** "Tuesday 3 March 2026" of "2026-03-03". @param {string} day */
export const dayWords = (day) => DAY.format(noon(day)).replace(",", "");

/** "Tue 3 Mar 2026" of "2026-03-03". @param {string} day */
export const dayCompact = (day) => COMPACT.format(noon(day)).replace(",", "");

/** "3 Mar" of "2026-03-03". @param {string} day */
export const dayShort = (day) => SHORT.format(noon(day));

/** The ISO date that is `by` days after another. @param {string} day @param {number} by */
export function dayAfter(day, by) {
  const date = noon(day);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
}

/** "3 Mar 2026, 10:31" of seconds UTC, on this computer's clock. @param {number} at */
export const whenWords = (at) => WHEN.format(new Date(at * 1000));

/** "1:05", "1:02:05" of seconds. @param {number} at */
export function position(at) {
  const whole = Math.floor(at);
  const [hour, minute, second] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hour ? `${hour}:${two(minute)}:${two(second)}` : `${minute}:${two(second)}`;
}

/** Seconds since the last midnight, of seconds since any. @param {number} at */
export const sinceMidnight = (at) => ((at % 86_400) + 86_400) % 86_400;

/** "18:42", or "18:42:30" with `seconds`, of seconds since any midnight. @param {number} at */
export function timeWords(at, seconds = false) {
  const whole = Math.floor(sinceMidnight(at) + 0.001);
  const words = `${two(Math.floor(whole / 3600))}:${two(Math.floor((whole % 3600) / 60))}`;
  return seconds ? `${words}:${two(whole % 60)}` : words;
}

/** "4.2 MB": powers of 1000, with a digit after the point below ten and from a gigabyte on. @param {number} bytes */
export function sizeWords(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toLocaleString(locale, { maximumFractionDigits: power && (power > 2 || bytes < 10 * 1000 ** power) ? 1 : 0 })} ${units[power]}`;
}
