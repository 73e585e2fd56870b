// What every page has: the brand in the person's language, large type, and addresses of digests.

import { openPage, wishes } from "./dom.js";
import { offer } from "./shared.js";
import { language, t } from "./words.js";

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

function once() {
  if (!follow()) requestAnimationFrame(once);
}

/** Runs `act` as soon as the brand is on the page: Gradio draws it a little later. @param {(slogan: HTMLElement) => unknown} act */
function whenThere(act) {
  const slogan = document.querySelector(".eb-brand small");
  if (slogan instanceof HTMLElement) act(slogan);
  else requestAnimationFrame(() => whenThere(act));
}

if (localStorage.getItem("eb-large") === "1") document.documentElement.classList.add("eb-large");
addEventListener("hashchange", follow);
once();
offer();
if (language !== "en") {
  whenThere((slogan) => { slogan.textContent = t("Ask your own recordings. They stay on this computer."); });
}
