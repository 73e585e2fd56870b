// The pictures of a day, a minute each: a sheet for every hour, so that 1,440 come in 24 requests.

import { h, pick, pickAll } from "./dom.js";
import { clockWords } from "./timeline_clock.js";
import { t } from "./words.js";

/** @import { Day } from "./types.d.ts" */

const COLUMNS = 10;
const ROWS = 6;

export class Pictures {
  /** `choose(at)` is called with the position of the picture that is picked. @param {(at: number) => unknown} choose */
  constructor(choose) {
    this.choose = choose;
    this.element = h("div", { class: "eb-pictures", hidden: true, onkeydown: (event) => this.key(event),
      onclick: (event) => event.target.dataset.at && this.choose(Number(event.target.dataset.at)) });
    this.drawn = "";
    this.near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting && target instanceof HTMLElement) this.load(target);
    }, { rootMargin: "1200px 0px" });
  }

  /** @param {Day} day */
  show(day) {
    const state = `${day.day}/${day.pictured}`;
    if (state === this.drawn) return;
    this.drawn = state;
    this.near.disconnect();
    const hours = [];
    for (let first = 0; first < day.pictured.length; first += COLUMNS * ROWS) {
      if (day.pictured.slice(first, first + COLUMNS * ROWS).includes("1")) hours.push(this.hour(day, first));
    }
    if (!hours.length) hours.push(h("p", { class: "eb-quiet" }, t("There are no pictures of this day, only sound.")));
    this.element.replaceChildren(...hours);
    this.element.querySelector("button")?.setAttribute("tabindex", "0");
    for (const hour of this.element.querySelectorAll("section")) this.near.observe(hour);
  }

  /** @param {Day} day @param {number} first */
  hour(day, first) {
    const at = clockWords(day, first * 60);
    const tiles = [];
    for (let minute = first; minute < Math.min(first + COLUMNS * ROWS, day.pictured.length); minute += 1) {
      if (day.pictured[minute] === "1") tiles.push(tile(day, minute, minute - first));
    }
    return h("section", { "aria-label": at, "data-sheet": `/api/pages/sheet?start=${day.start + first * 60}` },
      h("h3", {}, at), h("div", { class: "eb-tiles", role: "group", "aria-label": t("Pictures from {time}", { time: at }) }, ...tiles));
  }

  /** Fetches the sheet of an hour once, and gives each minute its part. @param {HTMLElement} section */
  load(section) {
    if (section.dataset.state) return;
    section.dataset.state = "loading";
    const sheet = new Image();
    sheet.onload = () => {
      section.style.setProperty("--sheet", `url("${section.dataset.sheet}")`);
      section.dataset.state = "ready";
    };
    sheet.onerror = () => { section.dataset.state = ""; };
    sheet.src = section.dataset.sheet ?? "";
  }

  /** @param {KeyboardEvent & { target: HTMLElement }} event */
  key(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.across(), ArrowDown: this.across() };
    if (!(event.key in steps) || !event.target.dataset.at) return;
    const all = pickAll(this.element, "button");
    const next = all[all.indexOf(event.target) + steps[event.key]];
    if (!next) return;
    event.preventDefault();
    event.target.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }

  across() {
    return getComputedStyle(pick(this.element, ".eb-tiles")).gridTemplateColumns.split(" ").length;
  }
}

/** @param {Day} day @param {number} minute @param {number} place */
function tile(day, minute, place) {
  const button = h("button", { type: "button", tabindex: "-1", "data-at": minute * 60,
    "aria-label": t("Play {time}", { time: clockWords(day, minute * 60) }) });
  const [x, y] = [place % COLUMNS, Math.floor(place / COLUMNS)];
  button.style.backgroundPosition = `${(x / (COLUMNS - 1)) * 100}% ${(y / (ROWS - 1)) * 100}%`;
  return button;
}
