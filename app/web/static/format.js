// Times and sizes in words of the person's language.

import { locale } from "./words.js";

/** "07" of 7. @param {number} number */
export const two = (number) => String(number).padStart(2, "0");

/** "1:05", "1:02:05" of seconds. @param {number} at */
export function position(at) {
  const whole = Math.floor(at);
  const [hour, minute, second] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hour ? `${hour}:${two(minute)}:${two(second)}` : `${minute}:${two(second)}`;
}

/** "4.2 MB": powers of 1000, with a digit after the point below ten and from a gigabyte on. @param {number} bytes */
export function sizeWords(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toLocaleString(locale, { maximumFractionDigits: power && (power > 2 || bytes < 10 * 1000 ** power) ? 1 : 0 })} ${units[power]}`;
}
