// What every page has: large type, and addresses of digests.

import { openPage, wishes } from "./dom.js";
import { offer } from "./shared.js";

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

if (localStorage.getItem("eb-large") === "1") document.documentElement.classList.add("eb-large");
addEventListener("hashchange", follow);
once();
offer();
