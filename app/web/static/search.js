// Search: what its components have no event for: coming into view, links that search, and keys.

import { onLink, openPage, pick, pickAll, whileShown } from "./dom.js";

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
  const stops = pickAll(document, "#eb-search-words input, #eb-search-found :is(.eb-play, .eb-tries a)");
  const place = stops.findIndex((stop) => stop === document.activeElement);
  const by = event.key === "Escape" ? -place : STEPS[event.key];
  if (place < 0 || !by || !place && event.key !== "ArrowDown") return;
  if (event.key !== "Escape") event.preventDefault(); // it closes the player, too
  stops[Math.min(place + by, stops.length - 1)].focus();
}
