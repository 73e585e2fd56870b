// What every page has: its tabs in the person's language, large type, and addresses of digests.

import { openPage, wishes } from "./dom.js";
import { language, t } from "./words.js";

const DAY = /^#digest=(\d{4}-\d{2}-\d{2})$/;

/** Opens the digest of an address such as #digest=2026-03-16; false while there are no tabs yet. */
function follow() {
  const wanted = location.hash.match(DAY);
  if (!wanted) return true;
  if (!document.getElementById("eb-page-habits-button")) return false;
  wishes.digest = wanted[1];
  openPage("habits");
  document.dispatchEvent(new CustomEvent("eb-digest"));
  return true;
}

function once() {
  if (!follow()) requestAnimationFrame(once);
}

/** The titles of the tabs are Gradio's, which knows only the words of the code. */
function translate() {
  const words = document.createTreeWalker(document.querySelector("#eb-tabs .tab-wrapper") ?? document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const { data } = words.currentNode;
    if (words.currentNode.parentElement?.closest('[role="tab"]') && data.trim() && t(data.trim()) !== data.trim()) {
      words.currentNode.data = t(data.trim());
    }
  }
  const slogan = document.querySelector(".eb-brand small");
  if (slogan) slogan.textContent = t("Ask your own recordings. They stay on this computer.");
}

function whenThere(act) {
  if (document.querySelector("#eb-tabs [role=tab]")) return act();
  new MutationObserver((_, watch) => {
    if (!document.querySelector("#eb-tabs [role=tab]")) return;
    watch.disconnect();
    act();
  }).observe(document.documentElement, { childList: true, subtree: true });
}

whenThere(() => {
  document.querySelector("#eb-tabs").addEventListener("click", (event) => {
    event.target.closest('[role="tab"]')?.scrollIntoView({ inline: "center", block: "nearest" });
  });
});
if (localStorage.getItem("eb-large") === "1") document.documentElement.classList.add("eb-large");
addEventListener("hashchange", follow);
once();
if (language !== "en") {
  whenThere(() => {
    translate();
    new MutationObserver(translate).observe(document.querySelector("#eb-tabs"), { childList: true });
  });
}
