// The calendar: months below one another; the more is recorded of a day, the stronger its colour.

import { around, h, roam } from "./dom.js";
import { t } from "./words.js";

/** @import { Calendar, CalendarMonth } from "./types.d.ts" */

export class Month {
  /** `choose(day)` is called with the day that the person picks. @param {(day: string) => unknown} choose */
  constructor(choose) {
    this.choose = choose;
    /** @type {Calendar} */
    this.calendar = { weekdays: [], months: [] };
    this.shown = "";
    this.element = h("div", { class: "eb-month", id: "eb-month", popover: true, role: "dialog", "aria-label": t("Calendar"),
      onbeforetoggle: (event) => event.newState === "open" && this.draw(), onkeydown: (event) => this.turn(event) });
    roam(this.element, "button");
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

  /** Page Up and Page Down lead to another month. @param {KeyboardEvent} event */
  turn(event) {
    const month = around(event, "section");
    const other = { PageUp: month?.previousElementSibling, PageDown: month?.nextElementSibling }[event.key];
    if (other) event.preventDefault();
    other?.querySelector("button")?.focus();
  }
}
