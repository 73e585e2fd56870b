// Times of a day on its own wall clock. Positions are seconds from the day's beginning.

import { language } from "./words.js";

const LOCALE = language === "zh" ? "zh-CN" : "en-GB";
const DAY = new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", timeZone: "UTC" });
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" });
const two = (number) => String(number).padStart(2, "0");

const noon = (day) => new Date(`${day}T12:00:00Z`);
export const dayWords = (day) => DAY.format(noon(day)).replace(",", "");
export const monthWords = (month) => MONTH.format(noon(`${month}-01`));
/** Monday first: 2024-01-01 was one. */
export const weekdays = () => [1, 2, 3, 4, 5, 6, 7].map((n) => WEEKDAY.format(noon(`2024-01-0${n}`)));

/** The day (2026-03-16) that is `by` days after another. */
export function dayAfter(day, by) {
  const date = noon(day);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
}

/** How many seconds the wall clock shows since midnight at a position. */
export function wallClock(day, at) {
  let ahead = day.clocks[0]?.[1] ?? 0;
  for (const [from, seconds] of day.clocks) if (at >= from) ahead = seconds;
  return (((day.start + at + ahead) % 86400) + 86400) % 86400;
}

/** "18:42", or "18:42:30" with `seconds`. */
export function clockWords(day, at, seconds = false) {
  const whole = Math.floor(wallClock(day, at) + 0.001);
  const words = `${two(Math.floor(whole / 3600))}:${two(Math.floor((whole % 3600) / 60))}`;
  return seconds ? `${words}:${two(whole % 60)}` : words;
}

/** The first position at which the clock shows "18:42" or "18:42:30"; null where it never does. */
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

/** Positions between two others at which the clock shows a multiple of `step` seconds. */
export function ticks(day, from, to, step) {
  const found = [];
  const ends = [...day.clocks.slice(1).map(([begin]) => begin), day.length];
  day.clocks.forEach(([begin], number) => {
    const low = Math.max(begin, from - step);
    let at = low + ((step - (wallClock(day, low) % step)) % step);
    for (; at < Math.min(ends[number], to + 1); at += step) if (at >= from) found.push(at);
  });
  return found;
}

/** The position of this moment in the day, or null where it is another day. */
export function now(day) {
  const at = Date.now() / 1000 - day.start;
  return at >= 0 && at < day.length ? at : null;
}
