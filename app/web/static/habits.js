// Habits: what its components have no event for: coming into view, and a bar that is pressed.

import { around, pick, pickAll, roam, takeWish, whileShown } from "./dom.js";

/** @import { ChartPoint, PlotElement } from "./types.d.ts" */

/** The day whose digest an address such as #digest=2026-03-16 names. */
const named = () => location.hash.match(/^#digest=(\d{4}-\d\d-\d\d)$/)?.[1];

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const page = pick(document, "#eb-page-habits");
  const open = () => trigger("focus", { day: takeWish("habits") ?? named() ?? digestShown(page) });
  whileShown(page, open);
  addEventListener("hashchange", () => { if (named()) open(); });
  page.addEventListener("click", (event) => {
    if (around(event, '[data-tab-id="charts"]') && named()) history.replaceState(null, "", "/#page=habits");
  });
  new MutationObserver(() => {
    for (const plot of /** @type {NodeListOf<PlotElement>} */ (page.querySelectorAll(".js-plotly-plot:not([data-ready])"))) {
      prepare(plot, (point) => trigger("select", { point }));
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
  plot.dataset.ready = "";
  let width = 0;
  new ResizeObserver(([{ contentRect }]) => { // as when the player opens beside it: Plotly listens to the window alone
    if (width && width !== contentRect.width) window.dispatchEvent(new Event("resize"));
    width = contentRect.width;
  }).observe(plot);
  plot.on("plotly_click", ({ points }) => press(points[0].customdata));
  plot.on("plotly_afterplot", () => name(plot));
  plot.addEventListener("keydown", (event) => {
    const bar = around(event, ".point");
    if (!bar || event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    press(pointOf(bar).data);
  });
  roam(plot, ".point");
  name(plot);
}

/** @param {Element} plot */
function name(plot) {
  plot.querySelectorAll(".point").forEach((bar, n) => {
    bar.setAttribute("role", "button");
    bar.setAttribute("aria-label", pointOf(bar).words);
    bar.setAttribute("tabindex", n ? "-1" : "0");
  });
}

/** What a bar stands for, and its words. @param {Element} bar @returns {ChartPoint} */
function pointOf(bar) {
  const { i } = /** @type {any} */ (bar).__data__;
  const { trace } = /** @type {any} */ (bar.closest(".trace")).__data__[0];
  return { data: trace.customdata[i], words: trace.hovertext[i] };
}
