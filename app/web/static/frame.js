// What every page has: its look, addresses of digests, links to days and people, and messages of Gradio in the person's language.

import { around, openPage, pickAll, wishes } from "./dom.js";
import { look } from "./looks.js";
import { offer } from "./shared.js";
import { wanted as momentOf } from "./timeline_link.js";
import { t } from "./words.js";

const DAY = /^#digest=(\d{4}-\d{2}-\d{2})$/;

/** Opens the digest of an address such as #digest=2026-03-16; false while the pages are not there yet. */
function follow() {
  const wanted = location.hash.match(DAY);
  if (!wanted) return true;
  if (!document.getElementById("eb-page-habits-button")) return false;
  wishes.digest = wanted[1];
  openPage("habits");
  document.dispatchEvent(new CustomEvent("eb-digest"));
  return true;
}

/** Links of texts that events write to a moment in the Timeline. @param {MouseEvent} event */
function lead(event) {
  const link = around(event, 'a[href^="/day/"]');
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  Object.assign(wishes, momentOf(link));
  openPage("timeline");
}

/** Messages of Gradio, whose own words are English. */
function speakToasts() {
  /** @type {Record<string, string>} */
  const titles = { Info: t("Note"), Warning: t("Warning"), Error: t("Error") };
  for (const { firstChild: title } of pickAll(document, ".toast-title")) {
    const words = titles[title?.nodeValue?.trim() ?? ""];
    if (title && words && title.nodeValue?.trim() !== words) title.nodeValue = `${words} `;
  }
  for (const message of pickAll(document, ".toast-message-text")) {
    if (message.textContent?.includes("Connection to the server was lost")) message.textContent = t("EgoButler does not answer. This page comes back by itself once it runs again.");
  }
  for (const close of pickAll(document, '.toast-close[aria-label="Close"]')) if (t("Close") !== "Close") close.setAttribute("aria-label", t("Close"));
}

function once() {
  if (!follow()) requestAnimationFrame(once);
}

look();
new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });
addEventListener("hashchange", follow);
document.addEventListener("click", lead, true);
once();
offer();
new MutationObserver(speakToasts).observe(document.body, { childList: true, subtree: true });
