// Times and lengths in the person's language. Times come as seconds on the wall clock, read as UTC.

import { locale, t } from "./words.js";

/** @import { Span } from "./types.d.ts" */

/** @param {number} at @param {Intl.DateTimeFormatOptions} options */
function format(at, options) {
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", hourCycle: "h23", ...options })
    .format(new Date(at * 1000)).replace(/,/g, "");
}

/** @param {number} at @returns {Intl.DateTimeFormatOptions} */
function dayParts(at) {
  const year = new Date(at * 1000).getUTCFullYear();
  const other = year !== new Date().getFullYear();
  return { weekday: "short", day: "numeric", month: "short", year: other ? "numeric" : undefined };
}

/** "Tue 3 Mar". @param {number} at */
export function dayWords(at) {
  return format(at, dayParts(at));
}

/** "Tue 3 Mar 10:31:05". @param {number} at */
export function momentWords(at) {
  return `${dayWords(at)} ${format(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" })}`;
}

/** @param {number} at */
function clock(at) {
  return format(at, { hour: "2-digit", minute: "2-digit" });
}

/** "Mon 16 Mar 18:00–23:00"; whole days without hours. @param {Span} span */
export function intervalWords([start, end]) {
  if (start <= 0) return t("until {when}", { when: `${dayWords(end)} ${clock(end)}` });
  const first = dayWords(start);
  const last = dayWords(Math.max(start, end - 1));
  if (clock(start) === "00:00" && clock(end) === "00:00") return first === last ? first : `${first} – ${last}`;
  if (first === last) return `${first} ${clock(start)}–${clock(end) === "00:00" ? "24:00" : clock(end)}`;
  return `${first} ${clock(start)} – ${dayWords(end)} ${clock(end)}`;
}

/** "40 s", "12 min", "1 h 5 min"; from ten hours on, whole hours. @param {number} seconds */
export function lengthWords(seconds) {
  if (seconds < 60) return t("{n} s", { n: Math.max(1, Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t("{n} min", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours >= 10) return t("{n} h", { n: Math.round(minutes / 60) });
  return minutes % 60 ? t("{h} h {m} min", { h: hours, m: minutes % 60 }) : t("{n} h", { n: hours });
}
