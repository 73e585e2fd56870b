// Habits: what its components have no event for: coming into view, and a bar that is pressed.

import { around, pick, pickAll, whileShown, wishes } from "./dom.js";

/** @import { ChartPoint, PlotElement, Trigger } from "./types.d.ts" */

/** @type {WeakSet<Element>} */
const known = new WeakSet();
/** @type {Record<string, [right: number, down: number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The day whose digest an address such as #digest=2026-03-16 names. */
const named = () => location.hash.match(/^#digest=(\d{4}-\d\d-\d\d)$/)?.[1];

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const page = pick(document, "#eb-page-habits");
  const open = () => {
    const day = wishes.digest ?? named() ?? digestShown(page);
    delete wishes.digest;
    trigger("focus", { day });
  };
  whileShown(page, open);
  addEventListener("hashchange", () => { if (named()) open(); });
  page.addEventListener("click", (event) => {
    if (around(event, '[data-tab-id="charts"]') && named()) history.replaceState(null, "", "/#page=habits");
  });
  new MutationObserver(() => {
    for (const plot of /** @type {NodeListOf<PlotElement>} */ (page.querySelectorAll(".js-plotly-plot"))) {
      if (!known.has(plot)) prepare(plot, (point) => trigger("select", { point }));
    }
  }).observe(page, { subtree: true, childList: true });
}

/** The day whose digest is in view. @param {Element} page */
function digestShown(page) {
  const file = pickAll(page, '#eb-digest a[href$=".md"]').find((link) => link.checkVisibility());
  return file?.getAttribute("href")?.match(/\d{4}-\d\d-\d\d/)?.[0] ?? "";
}

/** Bars can be pressed, reached by Tab, walked by arrows, and have names. @param {PlotElement} plot @param {(point: unknown) => void} press */
function prepare(plot, press) {
  known.add(plot);
  let width = 0;
  new ResizeObserver(([{ contentRect }]) => { // as when the player opens beside it: Plotly listens to the window alone
    if (width && width !== contentRect.width) window.dispatchEvent(new Event("resize"));
    width = contentRect.width;
  }).observe(plot);
  plot.on("plotly_click", ({ points }) => press(points[0].customdata));
  plot.on("plotly_afterplot", () => name(plot));
  plot.addEventListener("keydown", (event) => {
    const bar = event.target;
    if (!(bar instanceof SVGElement) || !bar.matches(".point")) return;
    if (event.key === "Enter" || event.key === " ") press(pointOf(bar).data);
    else if (event.key in STEPS) walk(plot, bar, STEPS[event.key]);
    else return;
    event.preventDefault();
  });
  name(plot);
}

/** @param {Element} plot @returns {SVGElement[]} */
const bars = (plot) => [...plot.querySelectorAll(".point")].filter((one) => one instanceof SVGElement);

/** @param {Element} plot */
function name(plot) {
  bars(plot).forEach((bar, n) => {
    bar.setAttribute("role", "button");
    bar.setAttribute("aria-label", pointOf(bar).words);
    bar.setAttribute("tabindex", n ? "-1" : "0");
  });
}

/** What a bar stands for, and its words. @param {SVGElement} bar @returns {ChartPoint} */
function pointOf(bar) {
  const { i } = /** @type {any} */ (bar).__data__;
  const { trace } = /** @type {any} */ (bar.closest(".trace")).__data__[0];
  return { data: trace.customdata[i], words: trace.hovertext[i] };
}

/** Moves the keyboard to the nearest bar that way. @param {Element} plot @param {SVGElement} bar @param {[right: number, down: number]} step */
function walk(plot, bar, [right, down]) {
  const from = bar.getBoundingClientRect();
  /** How far another is, where it is that way; what lies aside is farther. @param {SVGElement} other */
  const far = (other) => {
    const to = other.getBoundingClientRect();
    const [x, y] = [to.left - from.left + (to.width - from.width) / 2, to.top - from.top + (to.height - from.height) / 2];
    const ahead = x * right + y * down;
    return ahead > 2 ? ahead + 3 * Math.abs(x * down + y * right) : Infinity;
  };
  const next = bars(plot).reduce((best, other) => (far(other) < far(best) ? other : best), bar);
  bar.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}
