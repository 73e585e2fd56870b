// Habits: what its components have no event for: coming into view, and a bar that is pressed.

import { nameDates } from "./dates.js";
import { around, focused, pickAll, wishes } from "./dom.js";

/** @import { ChartPoint, PlotElement, Trigger } from "./types.d.ts" */

/** @type {WeakSet<Element>} */
const known = new WeakSet();
/** @type {Record<string, [right: number, down: number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** What the moments were opened from. @type {HTMLElement | SVGElement | null} */
let opener = null;

/** The moments behind a bar are there: they have the focus. */
export function opened() {
  const [first] = pickAll(document, "#eb-behind a.eb-play");
  opener ??= focused();
  first?.focus({ preventScroll: true });
  document.getElementById("eb-behind")?.scrollIntoView();
}

/** They are closed: the bar has it again. */
export function closed() {
  opener?.focus();
  opener = null;
}

/** @param {HTMLElement} element @param {Trigger} trigger */
export function mount(element, trigger) {
  const page = element.closest(".eb-page");
  if (!page) return;
  const open = () => {
    const day = wishes.digest || digestShown(page);
    delete wishes.digest;
    trigger("focus", { day });
  };
  let shown = false;
  const turn = () => {
    const now = page.classList.contains("eb-open");
    if (now && !shown) open();
    shown = now;
  };
  new MutationObserver(turn).observe(page, { attributeFilter: ["class"] });
  turn();
  page.addEventListener("click", (event) => {
    if (around(event, '[data-tab-id="charts"]') && location.hash.startsWith("#digest=")) history.replaceState(null, "", "/#page=habits");
  });
  document.addEventListener("eb-digest", () => { if (shown && wishes.digest) open(); });
  const look = () => {
    nameDates(page);
    for (const waiting of page.querySelectorAll(".empty[aria-label]:not([role])")) waiting.setAttribute("role", "img"); // a label alone names nothing
    for (const plot of page.querySelectorAll(".js-plotly-plot")) {
      if (!known.has(plot)) prepare(/** @type {PlotElement} */ (plot), (point) => trigger("select", { point }));
    }
  };
  new MutationObserver(look).observe(page, { subtree: true, childList: true });
}

/** The day whose digest is in view. @param {Element} page */
function digestShown(page) {
  const digest = page.querySelector("#eb-digest");
  const file = digest?.checkVisibility() ? digest.querySelector('a[href$=".md"]') : null;
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
    if (event.key === "Enter" || event.key === " ") {
      opener = bar;
      press(pointOf(bar).data);
    }
    else if (event.key in STEPS) walk(plot, bar, STEPS[event.key]);
    else return;
    event.preventDefault();
  });
  name(plot);
}

/** @param {Element} plot @returns {SVGElement[]} */
const bars = (plot) => [...plot.querySelectorAll(".point")].filter((one) => one instanceof SVGElement);

/** @param {PlotElement} plot */
function name(plot) {
  const all = bars(plot);
  for (const bar of all) {
    bar.setAttribute("role", "button");
    bar.setAttribute("aria-label", pointOf(bar).words);
    bar.setAttribute("tabindex", "-1");
  }
  all[0]?.setAttribute("tabindex", "0");
}

/** What a bar stands for, and its words. @param {SVGElement} bar @returns {ChartPoint} */
function pointOf(bar) {
  const { i } = /** @type {any} */ (bar).__data__;
  const { trace } = /** @type {any} */ (bar.closest(".trace")).__data__[0];
  return { data: trace.customdata[i], words: trace.hovertext[i] };
}

/** Moves the keyboard to the nearest bar that way. @param {Element} plot @param {SVGElement} bar @param {[right: number, down: number]} step */
function walk(plot, bar, [right, down]) {
  /** @param {Element} one */
  const middle = (one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  };
  const here = middle(bar);
  const [next] = bars(plot)
    .map((other) => ({ other, x: middle(other).x - here.x, y: middle(other).y - here.y }))
    .filter(({ x, y }) => x * right + y * down > 2)
    .sort((a, b) => far(a, down) - far(b, down));
  if (!next) return;
  bar.setAttribute("tabindex", "-1");
  next.other.setAttribute("tabindex", "0");
  next.other.focus();
}

/** @param {{ x: number, y: number }} step @param {number} down */
const far = ({ x, y }, down) => (down ? Math.abs(y) + 3 * Math.abs(x) : Math.abs(x) + 3 * Math.abs(y));
