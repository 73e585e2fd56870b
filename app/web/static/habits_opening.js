// An address that ends in #digest=2026-03-16 opens that day's digest, wherever the app starts.

import { openPage, wishes } from "./dom.js";

const DAY = /^#digest=(\d{4}-\d{2}-\d{2})$/;

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
  if (!follow()) requestAnimationFrame(once); // the tabs are not there yet
}

addEventListener("hashchange", follow);
once();
if (localStorage.getItem("eb-large") === "1") document.documentElement.classList.add("eb-large");
