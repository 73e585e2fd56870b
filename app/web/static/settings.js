// Settings: what its components have no event for: coming into view, and forms that are answered by a cookie.

import { around, messageOf, pick, post, whileShown } from "./dom.js";

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const page = pick(document, "#eb-page-settings");
  whileShown(page, () => trigger("focus", {}));
  page.addEventListener("click", (event) => {
    const field = around(event, "#eb-set-timezone input");
    if (field instanceof HTMLInputElement) field.select(); // what is typed is looked for, alone
  });
}

/** Why something was refused, empty where it was done. @param {() => Promise<unknown>} act @returns {Promise<string>} */
const whyNot = (act) => Promise.resolve().then(act).then(() => "", messageOf);

/** What an event gets in place of a name or password that was typed. @param {string} url @param {Record<string, string>} typed */
export const sent = async (url, typed) => [await whyNot(() => post(url, typed)), ""];

/** What it gets in place of a text that is copied. @param {string} text */
export const copy = async (text) => [await whyNot(() => navigator.clipboard.writeText(text))];
