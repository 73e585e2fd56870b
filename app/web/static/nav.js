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
  const known = links().some((link) => link.hash === `#page=${name}`);
  const wanted = known ? name : "ask";
  for (const link of links()) {
    if (link.hash === `#page=${wanted}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const page of document.querySelectorAll(".eb-page")) {
    page.classList.toggle("eb-open", page.id === `eb-page-${wanted}`);
  }
  document.body.dataset.page = wanted;
}

function follow(event) {
  const link = event.target.closest?.('a[href*="#page="]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const name = link.hash.match(/^#page=([\w-]+)/)[1];
  const moved = name !== document.body.dataset.page;
  if (moved) history.pushState(null, "", `/#page=${name}`);
  show(name);
  if (moved) window.scrollTo(0, 0);
}

function more(nav) {
  const button = nav.querySelector(".eb-nav-more");
  const set = (open) => {
    nav.classList.toggle("eb-nav-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => set(!nav.classList.contains("eb-nav-open")));
  nav.querySelector("ul").addEventListener("click", () => set(false));
  nav.addEventListener("keydown", (event) => { if (event.key === "Escape") set(false); });
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
