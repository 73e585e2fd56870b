// What every page has: large type, light or dark, and who is signed in.
// How the pages look is kept by this browser, and nobody else knows.

import { json, pick } from "./dom.js";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** Large type, and which of "light", "dark" or "", as the device is. @returns {[boolean, string]} */
export const chosen = () => [localStorage.getItem("eb-large") === "1", localStorage.getItem("eb-theme") ?? ""];

/** Looks as was chosen, whatever Gradio makes of the device. */
function look() {
  const [large, theme] = chosen();
  document.documentElement.classList.toggle("eb-large", large);
  document.body.classList.toggle("dark", theme ? theme === "dark" : dark.matches);
}

/** @param {"large" | "theme"} name @param {boolean | string} value */
export function keep(name, value) {
  localStorage.setItem(`eb-${name}`, typeof value === "boolean" ? String(Number(value)) : value);
  look();
}

/** The header: with an account, its name and the way out. @param {HTMLElement} element */
export async function mount(element) {
  const { signed_in: signedIn, account } = await json("/api/account").catch(() => ({ signed_in: false, account: "" }));
  const out = pick(element, ".eb-out");
  pick(out, "span").textContent = account;
  out.hidden = !signedIn;
}

look();
new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });
