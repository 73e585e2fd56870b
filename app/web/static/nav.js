// The pages: a link opens one, the address keeps its name, and Back returns to the one before.

import { around, pick } from "./dom.js";

const links = () => [...pick(document, "#eb-nav").querySelectorAll("a")].filter((link) => link.hash.startsWith("#page="));

/** @param {string} hash */
const pageOf = (hash) => hash.match(/^#page=([\w-]+)/)?.[1] ?? "";

/** The page that the address names: by its own part, as a digest, or as a moment of the timeline. */
function named() {
  if (location.hash.startsWith("#digest=")) return "habits";
  const moment = location.pathname.startsWith("/day/") || location.search.includes("open=timeline");
  return pageOf(location.hash) || (moment ? "timeline" : "ask");
}

/** @param {string} name */
function show(name) {
  closeMore();
  const known = links().some((link) => link.hash === `#page=${name}`);
  const wanted = known ? name : "ask";
  for (const link of links()) {
    if (link.hash === `#page=${wanted}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  entitle(links().find((link) => link.hash === `#page=${wanted}`)?.textContent.trim() ?? "");
  for (const page of document.querySelectorAll(".eb-page")) {
    page.classList.toggle("eb-open", page.id === `eb-page-${wanted}`);
  }
  document.body.dataset.page = wanted;
}

/** The page's name, for who hears the page and for the list of Back. @param {string} title */
function entitle(title) {
  const pages = pick(document, "#eb-pages");
  const head = pages.querySelector(":scope > h1") ?? document.createElement("h1");
  head.className = "eb-page-title";
  head.textContent = title;
  if (!head.isConnected) pages.prepend(head);
  document.title = title ? `${title} · EgoButler` : "EgoButler";
}

/** @param {MouseEvent} event */
function follow(event) {
  const link = around(event, 'a[href*="#page="]');
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const name = pageOf(link.hash);
  const moved = name !== document.body.dataset.page;
  // Back to a moment opens its page by such a link: what the address already names is no new step.
  if (moved && named() !== name) history.pushState(null, "", `/#page=${name}`);
  show(name);
  if (moved) window.scrollTo(0, 0);
}

let closeMore = () => {};

/** "More" on a phone: the pages for which the bar has no room; the first of them has the focus. @param {HTMLElement} nav */
function more(nav) {
  const button = pick(nav, ".eb-nav-more");
  /** @param {boolean} open */
  const set = (open) => {
    nav.classList.toggle("eb-nav-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  closeMore = () => set(false);
  button.addEventListener("click", () => {
    set(!nav.classList.contains("eb-nav-open"));
    if (nav.classList.contains("eb-nav-open")) pick(nav, "li:nth-child(5) a").focus();
  });
  document.addEventListener("click", (event) => { if (event.target instanceof Node && !nav.contains(event.target)) set(false); });
  nav.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !nav.classList.contains("eb-nav-open")) return;
    set(false);
    button.focus();
  });
}

/** @param {HTMLElement} element */
export function mount(element) {
  const nav = pick(element, ".eb-nav");
  more(nav);
  document.addEventListener("click", follow, true);
  window.addEventListener("popstate", () => show(named()));
  show(named());
}
