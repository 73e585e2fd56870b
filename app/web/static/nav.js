// The pages: a link opens one, the address keeps its name, and Back returns to the one before.

import { t } from "./words.js";

const links = () => [...document.querySelectorAll('#eb-nav a[href^="#page="]')];

/** The page that the address names: by its own part, as a digest, or as a moment of the timeline. */
function named() {
  if (location.hash.startsWith("#digest=")) return "habits";
  const moment = location.pathname.startsWith("/day/") || location.search.includes("open=timeline");
  return location.hash.match(/^#page=([\w-]+)/)?.[1] ?? (moment ? "timeline" : "ask");
}

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

/** The page's name, for who hears the page and for the list of Back. */
function entitle(title) {
  const pages = document.getElementById("eb-pages");
  const head = pages.querySelector(":scope > h1") ?? document.createElement("h1");
  head.className = "eb-page-title";
  head.textContent = title;
  if (!head.isConnected) pages.prepend(head);
  document.title = title ? `${title} · EgoButler` : "EgoButler";
}

function follow(event) {
  const link = event.target.closest?.('a[href*="#page="]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const name = link.hash.match(/^#page=([\w-]+)/)[1];
  const moved = name !== document.body.dataset.page;
  // Back to a moment opens its page by such a link: what the address already names is no new step.
  if (moved && named() !== name) history.pushState(null, "", `/#page=${name}`);
  show(name);
  if (moved) window.scrollTo(0, 0);
}

let closeMore = () => {};

/** "More" on a phone: the pages for which the bar has no room; the first of them has the focus. */
function more(nav) {
  const button = nav.querySelector(".eb-nav-more");
  const set = (open) => {
    nav.classList.toggle("eb-nav-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  closeMore = () => set(false);
  button.addEventListener("click", () => {
    set(!nav.classList.contains("eb-nav-open"));
    if (nav.classList.contains("eb-nav-open")) nav.querySelector("li:nth-child(5) a").focus();
  });
  document.addEventListener("click", (event) => { if (!nav.contains(event.target)) set(false); });
  nav.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !nav.classList.contains("eb-nav-open")) return;
    set(false);
    button.focus();
  });
}

export function mount(element) {
  const nav = element.querySelector(".eb-nav");
  for (const word of nav.querySelectorAll(".eb-nav-word")) word.textContent = t(word.textContent);
  nav.setAttribute("aria-label", t("Pages"));
  more(nav);
  document.addEventListener("click", follow, true);
  window.addEventListener("popstate", () => show(named()));
  show(named());
}
