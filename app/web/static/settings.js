// Settings: what its components have no event for: coming into view, and forms that are answered by a cookie.

import { around, messageOf, post } from "./dom.js";

/** @import { Trigger } from "./types.d.ts" */

/** @param {HTMLElement} element @param {Trigger} trigger */
export function mount(element, trigger) {
  const page = element.closest(".eb-page");
  if (!page) return;
  let shown = false;
  const turn = () => {
    const now = page.classList.contains("eb-open");
    if (now && !shown) trigger("focus", {});
    shown = now;
  };
  new MutationObserver(turn).observe(page, { attributeFilter: ["class"] });
  turn();
  page.addEventListener("click", (event) => {
    const field = around(event, "#eb-set-timezone input");
    if (field instanceof HTMLInputElement) field.select(); // what is typed is looked for, alone
  });
}

/** What an event gets in place of what was typed: why it was refused, or nothing. @param {string} url @param {Record<string, string>} typed */
const sent = (url, typed) => post(url, typed).then(() => ["", ""], (error) => [messageOf(error), ""]);

/** @param {string} name @param {string} password */
export const makeAccount = (name, password) => sent("/api/account", { name, password });

/** @param {string} old @param {string} fresh */
export const changePassword = (old, fresh) => sent("/api/account/password", { old, new: fresh });

export async function leaveEverywhere() {
  await sent("/api/account/sign-out-everywhere", {});
  location.reload();
}

/** Copies a text. The event gets nothing of it, but whether that was refused. @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return [""];
  } catch (error) {
    return [messageOf(error)];
  }
}

/** Leads to a text that has just come: to be copied by keyboard, too. @param {string} id */
export function lead(id) {
  requestAnimationFrame(() => {
    for (const field of document.querySelectorAll(`#${id} :is(input, textarea)`)) if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) field.select();
  });
}
