// The calendar: months below one another; the more is recorded of a day, the stronger its colour.

import { around, h, pickAll } from "./dom.js";
import { t } from "./words.js";

/** @import { Calendar, CalendarMonth } from "./types.d.ts" */

const DAY = 86_400_000; // ms
/** Days that a key goes at the least. @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

export class Month {
  /** `choose(day)` is called with the day that the person picks. @param {(day: string) => unknown} choose */
  constructor(choose) {
    this.choose = choose;
    /** @type {Calendar} */
    this.calendar = { weekdays: [], months: [] };
    this.shown = "";
    this.element = h("div", { class: "eb-month", id: "eb-month", popover: true, role: "dialog", "aria-label": t("Calendar"),
      onbeforetoggle: (event) => event.newState === "open" && this.draw(), onkeydown: (event) => this.key(event) });
  }

  draw() {
    this.element.replaceChildren(...this.calendar.months.map((month) => h("section", { "aria-label": month.name },
      h("h3", {}, month.name),
      h("div", { class: "eb-grid" },
        ...this.calendar.weekdays.map((name) => h("span", { "aria-hidden": "true" }, name)), ...this.cells(month)),
      h("p", { class: "eb-facts" }, month.summary))));
  }

  /** @param {CalendarMonth} month */
  cells(month) {
    const days = new Map(month.days.map((day) => [Number(day.day.slice(-2)), day]));
    return Array.from({ length: month.length }, (_, n) => {
      const [day, number] = [days.get(n + 1), String(n + 1)];
      const style = n ? "" : `grid-column: ${month.first + 1}`;
      if (!day) return h("span", { class: "eb-date", style }, number);
      const shown = day.day === this.shown;
      return h("button", {
        type: "button", class: `eb-date eb-heat-${day.heat}`, style, "data-day": day.day, "aria-label": day.title,
        "aria-current": shown && "date", autofocus: shown,
        onclick: () => { this.element.hidePopover(); this.choose(day.day); },
      }, h("b", {}, number), h("small", { "aria-hidden": "true" }, day.amount));
    });
  }

  /** Arrows lead to the nearest day with recordings, Page Up and Page Down to another month. @param {KeyboardEvent & { target: HTMLElement }} event */
  key(event) {
    const month = around(event, "section");
    const { day = "" } = event.target.dataset;
    const by = STEPS[event.key] ?? 0;
    /** @param {HTMLElement} other */
    const far = (other) => Math.sign(by) * (Date.parse(other.dataset.day ?? "") - Date.parse(day)) >= Math.abs(by) * DAY;
    const days = pickAll(this.element, "button");
    const next = event.key === "PageUp" ? month?.previousElementSibling?.querySelector("button")
      : event.key === "PageDown" ? month?.nextElementSibling?.querySelector("button")
        : by < 0 ? days.findLast(far) : by > 0 && days.find(far);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
