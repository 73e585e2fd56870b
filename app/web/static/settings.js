// Settings: what its components have no event for: coming into view, and forms that are answered by a cookie.

import { around, messageOf, pick, post, whileShown } from "./dom.js";

/** @import { Trigger } from "./types.d.ts" */

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const page = pick(document, "#eb-page-settings");
  whileShown(page, () => trigger("focus", {}));
  page.addEventListener("click", (event) => {
    const field = around(event, "#eb-set-timezone input");
    if (field instanceof HTMLInputElement) field.select(); // what is typed is looked for, alone
  });
}

/** What an event gets in place of what was typed: why it was refused, or nothing. @param {Promise<unknown>} done */
const outcome = (done) => done.then(() => ["", ""], (error) => [messageOf(error), ""]);

/** @param {string} url @param {Record<string, string>} typed */
export const sent = (url, typed) => outcome(post(url, typed));

/** Copies a text. The event gets nothing of it, but whether that was refused. @param {string} text */
export const copy = (text) => outcome(navigator.clipboard.writeText(text));

/** Leads to a text that has just come: to be copied by keyboard, too. @param {string} id */
export function lead(id) {
  requestAnimationFrame(() => /** @type {HTMLInputElement | null} */ (document.querySelector(`#${id} :is(input, textarea)`))?.select());
}
