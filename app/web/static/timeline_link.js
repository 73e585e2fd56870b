// Addresses of moments: /day/2026-03-16?t=18:42. The server sends them to "/" with the wish as its
// query; from then on the address of the page is kept in step with what is shown.

import { onLink, openPage, wishes } from "./dom.js";

/** @import { DayWish } from "./types.d.ts" */

/** The address of a time of a day. @param {string} day @param {string} clock */
export const address = (day, clock, clip = "") => `/day/${day}?t=${clock}${clip && `&clip=${encodeURIComponent(clip)}`}`;

/** What the address asks for; nothing where it asks for no day. @param {{ pathname: string; search: string }} [place] */
export function wanted(place = window.location) {
  const query = new URLSearchParams(place.search);
  const path = place.pathname.match(/^\/day\/(\d{4}-\d\d-\d\d)$/);
  if (!path && query.get("open") !== "timeline") return undefined;
  return { day: path?.[1] ?? query.get("day") ?? "", t: query.get("t") ?? "", clip: query.get("clip") ?? "" };
}

/** Shows the address; `anew` where Back is to return to the one before. @param {string} place */
export function show(place, anew = false) {
  if (place === window.location.pathname + window.location.search) return;
  window.history[anew ? "pushState" : "replaceState"]({ eb: true }, "", place);
}

// At once, not when the player is there: the Timeline may come first, and would show its newest day.
wishes.timeline = wanted();

/** Opens what a link asks for, and what the address does whenever the person goes back or forward. */
export function followAddress() {
  const open = (/** @type {DayWish | undefined} */ moment) => { if (moment) openPage("timeline", moment); };
  onLink('a[href^="/day/"]', (link) => open(wanted(link)));
  window.addEventListener("popstate", () => open(wanted()));
  // Another page has no moment to name.
  new MutationObserver(() => {
    if (document.body.dataset.page && document.body.dataset.page !== "timeline" && wanted()) show("/");
  }).observe(document.body, { attributeFilter: ["data-page"] });
}
