// Search: what its components have no event for: coming into view, links that search, and keys.

import { onLink, openPage, pick, pickAll, whileShown } from "./dom.js";

/** @import { Trigger } from "./types.d.ts" */

/** @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const box = () => pickAll(document, "#eb-search-words input")[0];

/** The query of an address such as #page=search&q=keys. */
function asked() {
  const query = new URLSearchParams(location.hash.slice(1));
  return query.get("page") === "search" ? { q: query.get("q") ?? "", literal: query.has("literal"), nearest: query.has("nearest") } : { q: "" };
}

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const page = pick(document, "#eb-page-search");
  const look = whileShown(page, () => trigger("focus", asked()));
  onLink('a[href^="#page=search&q="]', (link) => {
    openPage("search");
    history.replaceState(history.state, "", `/${link.hash}`);
    look();
    box()?.focus();
  });
  page.addEventListener("keydown", step);
}

/** ↓ leads from the box to the results, arrows from one to the next; Escape and the first one's ↑ lead back. @param {KeyboardEvent} event */
function step(event) {
  const all = pickAll(document, "#eb-search-found :is(.eb-play, .eb-tries a)");
  const place = all.findIndex((link) => link === document.activeElement);
  const typing = event.target === box();
  if (!(event.key in STEPS) && event.key !== "Escape" || !typing && place < 0 || typing && event.key !== "ArrowDown") return;
  const next = event.key === "Escape" ? -1 : place + STEPS[event.key];
  if (event.key !== "Escape") event.preventDefault(); // it closes the player, too
  if (next < 0) box()?.focus();
  else all[Math.min(next, all.length - 1)]?.focus();
}
