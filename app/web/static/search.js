// Search: what its components have no event for: coming into view, links that search, and keys.

import { nameDates } from "./dates.js";
import { around, openPage, pickAll } from "./dom.js";

/** @import { Trigger } from "./types.d.ts" */

/** @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const box = () => pickAll(document, "#eb-search-words input")[0];
const links = () => pickAll(document, "#eb-search-found :is(.eb-play, .eb-tries a)");

/** The query of an address such as #page=search&q=keys. @param {string} hash */
function queryOf(hash) {
  const asked = new URLSearchParams(hash.slice(1));
  return asked.get("page") === "search" ? { q: asked.get("q") ?? "", literal: asked.has("literal"), nearest: asked.has("nearest") } : { q: "" };
}

/** @param {HTMLElement} element @param {Trigger} trigger */
export function mount(element, trigger) {
  const page = element.closest(".eb-page");
  if (!page) return;
  let shown = false;
  const turn = () => {
    const now = page.classList.contains("eb-open");
    if (now && !shown) trigger("focus", queryOf(location.hash));
    shown = now;
  };
  new MutationObserver(turn).observe(page, { attributeFilter: ["class"] });
  turn();
  new MutationObserver(() => name(page)).observe(page, { subtree: true, childList: true });
  name(page);
  document.addEventListener("click", (event) => {
    const link = around(event, 'a[href^="#page=search&q="]');
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openPage("search");
    trigger("focus", queryOf(link.hash));
    box()?.focus();
  }, true);
  page.addEventListener("keydown", (event) => { if (event instanceof KeyboardEvent) step(event); });
}

/** @param {Element} page */
function name(page) {
  nameDates(page);
  const status = page.querySelector("#eb-search-told");
  if (status?.getAttribute("role") !== "status") status?.setAttribute("role", "status");
}

/** ↓ leads from the box to the results, arrows from one to the next; Escape and the first one's ↑ lead back. @param {KeyboardEvent} event */
function step(event) {
  const all = links();
  const place = all.findIndex((link) => link === document.activeElement);
  const typing = event.target === box();
  if (!(event.key in STEPS) && event.key !== "Escape" || !typing && place < 0 || typing && event.key !== "ArrowDown") return;
  const next = event.key === "Escape" ? -1 : place + STEPS[event.key];
  if (event.key !== "Escape") event.preventDefault(); // it closes the player, too
  if (next < 0) box()?.focus();
  else all[Math.min(next, all.length - 1)]?.focus();
}
