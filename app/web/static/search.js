// Search: what its components have no event for: coming into view, links that search, and keys.

import { around, onLink, openPage, pick, pickAll, roam, whileShown } from "./dom.js";

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
  roam(page, "#eb-search-words input, #eb-search-found :is(.eb-play, .eb-tries a)");
  page.addEventListener("keydown", (event) => { if (event.key === "Escape" && around(event, "#eb-search-found")) box()?.focus(); }); // it closes the player, too
}
