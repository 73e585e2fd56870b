// A month as a calendar: the more is recorded of a day, the stronger its colour.

import { around, h, pickAll } from "./dom.js";
import { dayAfter, dayWords } from "./format.js";
import { monthWords, weekdays } from "./timeline_clock.js";
import { t } from "./words.js";

/** @import { CalendarDay } from "./types.d.ts" */

const STEPS = [0, 30, 120, 300, 600]; // minutes from which on a colour is the next stronger one

/** @param {number} minutes */
const strength = (minutes) => (minutes > 0 ? STEPS.filter((step) => minutes >= step).length : 0);

export class Month {
  /** `choose(day)` is called with the day that the person picks. @param {HTMLElement} element @param {(day: string) => unknown} choose */
  constructor(element, choose) {
    this.element = element;
    this.choose = choose;
    /** @type {Map<string, CalendarDay>} */
    this.days = new Map();
    this.first = "";
    this.last = "";
    this.focused = "";
    element.addEventListener("keydown", (event) => this.key(event));
  }

  /** Shows the month of `day`. @param {CalendarDay[]} days @param {string} day */
  show(days, day) {
    this.days = new Map(days.map((one) => [one.day, one]));
    this.first = days[0].day.slice(0, 7);
    this.last = days[days.length - 1].day.slice(0, 7);
    this.focused = day;
    this.draw();
  }

  draw() {
    const month = this.focused.slice(0, 7);
    /** @param {number} by @param {string} label @param {string} mark */
    const turn = (by, label, mark) => h("button", {
      type: "button", class: "eb-turn", "aria-label": label, onclick: () => this.turn(by),
      disabled: by < 0 ? month <= this.first : month >= this.last,
    }, mark);
    this.element.replaceChildren(
      h("div", { class: "eb-month-head" },
        turn(-1, t("Earlier month"), "‹"),
        h("h3", { id: "eb-month-name", "aria-live": "polite" }, monthWords(month)),
        turn(1, t("Later month"), "›")),
      this.grid(month),
      h("p", { class: "eb-facts" }, this.summary(month)));
  }

  /** @param {string} month */
  summary(month) {
    const here = [...this.days.values()].filter(({ day }) => day.startsWith(month));
    const minutes = Math.round(here.reduce((sum, one) => sum + one.minutes, 0));
    const hours = Math.round(minutes / 60);
    if (!here.length) return t("Nothing is recorded in this month.");
    if (here.length === 1) return t("1 day with recordings, {length} in all.", { length: here[0].recorded });
    if (minutes < 120) {
      return t("{days} days with recordings, about {minutes} min in all. The darker a day, the more there is.",
        { days: here.length, minutes });
    }
    return t("{days} days with recordings, about {hours} h in all. The darker a day, the more there is.",
      { days: here.length, hours });
  }

  /** @param {string} month */
  grid(month) {
    const first = new Date(`${month}-01T12:00:00Z`);
    const monday = dayAfter(`${month}-01`, -((first.getUTCDay() + 6) % 7));
    const head = h("div", { role: "row", class: "eb-week" },
      ...weekdays().map((name) => h("span", { role: "columnheader" }, name)));
    const weeks = [0, 1, 2, 3, 4, 5]
      .map((week) => [0, 1, 2, 3, 4, 5, 6].map((n) => dayAfter(monday, week * 7 + n)))
      .filter((week) => week.some((day) => day.startsWith(month)));
    return h("div", { role: "grid", class: "eb-grid", "aria-labelledby": "eb-month-name" }, head,
      ...weeks.map((week) => h("div", { role: "row", class: "eb-week" },
        ...week.map((day) => this.cell(day, month)))));
  }

  /** @param {string} day @param {string} month */
  cell(day, month) {
    if (!day.startsWith(month)) return h("span", { role: "gridcell", class: "eb-out" });
    const found = this.days.get(day);
    const told = found ? t("{length} recorded", { length: found.recorded }) : t("nothing recorded");
    return h("span", { role: "gridcell", "aria-selected": String(day === this.focused) },
      h("button", {
        type: "button", class: `eb-date eb-heat-${strength(found?.minutes ?? 0)}`,
        "data-day": day, tabindex: day === this.focused ? "0" : "-1",
        "aria-label": `${dayWords(day)}, ${told}`, "aria-disabled": found ? false : "true",
        onclick: () => found && this.choose(day),
      }, h("b", {}, String(Number(day.slice(8)))),
      found ? h("small", { "aria-hidden": "true" }, short(found.minutes)) : null));
  }

  /** @param {number} by */
  turn(by) {
    const [year, month] = this.focused.split("-").map(Number);
    const there = new Date(Date.UTC(year, month - 1 + by, 1, 12)).toISOString().slice(0, 10);
    const days = [...this.days.keys()].filter((day) => day.startsWith(there.slice(0, 7)));
    this.focused = days[0] ?? there;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!around(event, ".eb-date")) return;
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    const month = this.focused.slice(0, 7);
    if (event.key in steps) this.focused = dayAfter(this.focused, steps[event.key]);
    else if (event.key === "PageUp" && month > this.first) this.turn(-1);
    else if (event.key === "PageDown" && month < this.last) this.turn(1);
    else if (event.key === "Home") this.focused = `${month}-01`;
    else if (event.key === "End") this.focused = dayAfter(`${dayAfter(`${month}-01`, 32).slice(0, 7)}-01`, -1);
    else return;
    event.preventDefault();
    this.draw();
    pickAll(this.element, `[data-day="${this.focused}"]`)[0]?.focus();
  }
}

/** @param {number} minutes */
const short = (minutes) => (minutes < 60 ? t("{n} min", { n: Math.max(1, Math.round(minutes)) }) : t("{n} h", { n: Math.round(minutes / 60) }));
