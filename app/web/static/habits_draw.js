// Bars and a heat map made of real buttons, and the same numbers as tables.

import { h } from "./dom.js";
import { language, t } from "./words.js";

/** @import { ChartRow, Period } from "./types.d.ts" */

/** What was counted in an hour of the week. @typedef {[value: number, words: string]} Cell */

const MONDAY = Date.UTC(2024, 0, 1);
/** @param {"short" | "long"} form */
const weekdays = (form) => [...Array(7).keys()].map((n) =>
  new Intl.DateTimeFormat(language, { weekday: form, timeZone: "UTC" }).format(MONDAY + n * 86_400_000));

/**
 * One row of bars; `most` is what the highest bar of the chart stands for, `about(row)` its name.
 * @param {Period[]} periods @param {ChartRow} row @param {number} most @param {boolean} named @param {(period: number, title: string) => unknown} open @param {((row: ChartRow) => Node) | null} [about]
 */
export function bars(periods, row, most, named, open, about = null) {
  const every = Math.ceil(periods.length / 12);
  const columns = row.bars.map(([value, words], n) => {
    const { label, mark } = periods[n];
    const title = [row.label, label, words || t("nothing")].filter(Boolean).join(", ");
    const fill = h("span", { class: "eb-fill", "aria-hidden": "true" });
    fill.style.height = `${value ? Math.max(4, (100 * value) / most) : 0}%`;
    const bar = value
      ? h("button", { type: "button", class: "eb-bar-of", title, "aria-label": title, onclick: () => open(n, title) }, fill)
      : h("span", { class: "eb-bar-of eb-none" }, fill);
    return h("div", { class: "eb-column" }, bar, h("span", { class: "eb-mark", "aria-hidden": "true" }, n % every ? "" : mark));
  });
  const head = h("div", { class: "eb-row-head" }, about ? about(row) : h("strong", {}, row.label), h("span", { class: "eb-facts" }, row.total));
  const group = h("div", { class: periods.length > 6 ? "eb-columns eb-many" : "eb-columns", role: "group", "aria-label": row.label || row.total }, ...columns);
  return h("div", { class: named ? "eb-bars eb-small" : "eb-bars" }, head, group);
}

/**
 * Weekday × hour: arrows move between the hours that have something.
 * @param {string} title @param {ChartRow} row @param {boolean} asTable @param {(weekday: number, hour: number, title: string) => unknown} open
 */
export function heat(title, row, asTable, open) {
  /** @type {Map<string, Cell>} */
  const at = new Map(row.heat.map(([day, hour, value, words]) => [`${day}-${hour}`, [value, words]]));
  if (asTable) return heatTable(title, at);
  const most = Math.max(...row.heat.map(([, , value]) => value));
  const grid = h("div", { class: "eb-heat", role: "group", "aria-label": t("{what} by weekday and hour", { what: title }) });
  weekdays("short").forEach((name, day) => grid.append(put(h("span", { class: "eb-heat-day" }, name), day + 1, 0)));
  for (let hour = 0; hour < 24; hour++) {
    grid.append(put(h("span", { class: hour % 6 ? "eb-heat-hour eb-between" : "eb-heat-hour", "aria-hidden": "true" }, String(hour)), 0, hour + 1));
    for (let day = 0; day < 7; day++) grid.append(put(cell(title, day, hour, at.get(`${day}-${hour}`), most, open), day + 1, hour + 1));
  }
  const [first] = grid.querySelectorAll("button");
  first?.setAttribute("tabindex", "0");
  grid.addEventListener("keydown", (event) => walk(grid, event));
  return h("div", {}, grid, h("p", { class: "eb-facts eb-legend" }, h("span", {}, t("less")), h("span", { class: "eb-scale-of", "aria-hidden": "true" }), h("span", {}, t("more"))));
}

/** @param {HTMLElement} element @param {number} day @param {number} hour */
function put(element, day, hour) {
  element.style.setProperty("--day", String(day + 1));
  element.style.setProperty("--hour", String(hour + 1));
  return element;
}

/** @param {string} title @param {number} day @param {number} hour @param {Cell | undefined} found @param {number} most @param {(weekday: number, hour: number, title: string) => unknown} open */
function cell(title, day, hour, found, most, open) {
  if (!found) return h("span", { class: "eb-cell" });
  const [value, words] = found;
  const name = `${weekdays("long")[day]} ${hour}:00–${hour + 1}:00, ${words}`;
  const button = h("button", { type: "button", class: "eb-cell", tabindex: "-1", "data-day": day, "data-hour": hour,
    title: name, "aria-label": name, onclick: () => open(day, hour, `${title}, ${name}`) });
  button.style.setProperty("--share", (0.2 + (0.8 * value) / most).toFixed(3));
  return button;
}

/** Moves the keyboard to the nearest hour in the direction of an arrow. @param {HTMLElement} grid @param {KeyboardEvent} event */
function walk(grid, event) {
  /** @type {Record<string, [down: number, right: number]>} */
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const button = event.target;
  if (!(event.key in steps) || !(button instanceof HTMLElement) || !button.dataset.day) return;
  let [down, right] = steps[event.key];
  event.preventDefault();
  if (getComputedStyle(grid).getPropertyValue("--turned").trim() === "1") [down, right] = [right, down];
  const here = [Number(button.dataset.day), Number(button.dataset.hour)];
  const [next] = [...grid.querySelectorAll("button")]
    .map((other) => ({ other, days: Number(other.dataset.day) - here[0], hours: Number(other.dataset.hour) - here[1] }))
    .filter(({ days, hours }) => days * down + hours * right > 0)
    .sort((a, b) => far(a, down) - far(b, down));
  if (!next) return;
  button.setAttribute("tabindex", "-1");
  next.other.setAttribute("tabindex", "0");
  next.other.focus();
}

/** @param {{ days: number, hours: number }} step @param {number} down */
const far = ({ days, hours }, down) => (down ? Math.abs(days) + 30 * Math.abs(hours) : Math.abs(hours) + 30 * Math.abs(days));

/**
 * The numbers of a chart as a table: a row for each thing, a column for each period.
 * @param {string} title @param {Period[]} periods @param {ChartRow[]} rows
 */
export function table(title, periods, rows) {
  const used = periods.map((_, n) => rows.some((row) => row.bars[n][0])).flatMap((some, n) => (some ? [n] : []));
  return scrolled(title, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""), h("th", { scope: "col" }, t("In all")), ...used.map((n) => h("th", { scope: "col" }, periods[n].label)))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.label || title), h("td", {}, row.total), ...used.map((n) => h("td", {}, row.bars[n][1] || "–")))))));
}

/** @param {string} title @param {Map<string, Cell>} at */
function heatTable(title, at) {
  const hours = [...Array(24).keys()].filter((hour) => [...Array(7).keys()].some((day) => at.has(`${day}-${hour}`)));
  return scrolled(title, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""), ...hours.map((hour) => h("th", { scope: "col" }, `${hour}:00`)))),
    h("tbody", {}, ...weekdays("long").map((name, day) =>
      h("tr", {}, h("th", { scope: "row" }, name), ...hours.map((hour) => h("td", {}, at.get(`${day}-${hour}`)?.[1] ?? "–")))))));
}

/** @param {string} title @param {Node} content */
const scrolled = (title, content) => h("div", { class: "eb-table", tabindex: "0", role: "region", "aria-label": title }, content);
