// The pages: a link opens one, the address keeps its name, and Back returns to the one before.

import { onLink, pick, pickAll } from "./dom.js";
import { keepNamed } from "./names.js";

/** @param {string} hash */
const pageOf = (hash) => hash.match(/^#page=([\w-]+)/)?.[1] ?? "";

/** The page that the address names: by its own part, as a digest, or as a moment of the timeline. */
function named() {
  if (location.hash.startsWith("#digest=")) return "habits";
  const moment = location.pathname.startsWith("/day/") || location.search.includes("open=timeline");
  return pageOf(location.hash) || (moment ? "timeline" : "ask");
}

/** @param {HTMLElement} element */
export function mount(element) {
  const links = [...element.querySelectorAll("a")];
  const more = pick(element, "[popover]"); // on a phone: the pages for which the bar has no room
  const pages = pickAll(document, ".eb-page");
  const head = pick(document, ".eb-page-title");

  /** @param {string} name */
  function show(name) {
    more.hidePopover();
    const current = links.find((link) => link.hash === `#page=${name}`) ?? links[0];
    for (const link of links) link.ariaCurrent = link === current ? "page" : null;
    head.textContent = current.textContent.trim(); // for who hears the page, as the title is for the list of Back
    document.title = `${head.textContent} · EgoButler`;
    document.body.dataset.page = pageOf(current.hash);
    for (const page of pages) page.classList.toggle("eb-open", page.id === `eb-page-${document.body.dataset.page}`);
  }

  onLink('a[href*="#page="]', ({ hash }) => {
    const name = pageOf(hash);
    const moved = name !== document.body.dataset.page;
    // Back to a moment opens its page by such a link: what the address already names is no new step.
    if (moved && named() !== name) history.pushState(null, "", `/#page=${name}`);
    show(name);
    if (moved) window.scrollTo(0, 0);
  });
  more.addEventListener("toggle", ({ newState }) => { if (newState === "open") pick(more, "a").focus(); });
  window.addEventListener("popstate", () => show(named()));
  show(named());
  for (const page of pages) if (page.id !== "eb-page-timeline") keepNamed(page);
}
