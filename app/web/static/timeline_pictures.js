// The pictures of a day, a minute each: a sheet for every hour, so that 1,440 come in 24 requests.
// The browser fetches the sheet of an hour when that comes near: its style says `content-visibility`.

import { h, pick, pickAll } from "./dom.js";
import { clockWords } from "./timeline_clock.js";
import { t } from "./words.js";

/** @import { Day } from "./types.d.ts" */

const COLUMNS = 10;
const ROWS = 6;

export class Pictures {
  /** `choose(at)` is called with the position of the picture that is picked. @param {(at: number) => unknown} choose */
  constructor(choose) {
    this.element = h("div", { class: "eb-pictures", onkeydown: (event) => this.key(event),
      onclick: (event) => event.target.dataset.at && choose(Number(event.target.dataset.at)) });
    this.drawn = "";
  }

  /** @param {Day} day */
  show(day) {
    const state = `${day.day}/${day.pictured}`;
    if (state === this.drawn) return;
    this.drawn = state;
    const hours = [];
    for (let first = 0; first < day.pictured.length; first += COLUMNS * ROWS) {
      if (day.pictured.slice(first, first + COLUMNS * ROWS).includes("1")) hours.push(hour(day, first));
    }
    if (!hours.length) hours.push(h("p", { class: "eb-quiet" }, t("There are no pictures of this day, only sound.")));
    this.element.replaceChildren(...hours);
    this.element.querySelector("button")?.setAttribute("tabindex", "0");
  }

  /** @param {KeyboardEvent & { target: HTMLElement }} event */
  key(event) {
    const across = getComputedStyle(pick(this.element, ".eb-tiles")).gridTemplateColumns.split(" ").length;
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
    const all = pickAll(this.element, "button");
    const next = all[all.indexOf(event.target) + steps[event.key]];
    if (!next) return;
    event.preventDefault();
    event.target.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }
}

/** @param {Day} day @param {number} first */
function hour(day, first) {
  const at = clockWords(day, first * 60);
  const tiles = [...day.pictured.slice(first, first + COLUMNS * ROWS)].map((there, place) => (
    there === "1" ? tile(day, first + place, place) : null));
  return h("section", { "aria-label": at, style: `--sheet: url("/api/pages/sheet?start=${day.start + first * 60}")` },
    h("h3", {}, at), h("div", { class: "eb-tiles", role: "group", "aria-label": t("Pictures from {time}", { time: at }) }, ...tiles));
}

/** @param {Day} day @param {number} minute @param {number} place */
function tile(day, minute, place) {
  const [x, y] = [(place % COLUMNS) / (COLUMNS - 1), Math.floor(place / COLUMNS) / (ROWS - 1)];
  return h("button", { type: "button", tabindex: "-1", "data-at": minute * 60, style: `background-position: ${100 * x}% ${100 * y}%`,
    "aria-label": t("Play {time}", { time: clockWords(day, minute * 60) }) });
}
