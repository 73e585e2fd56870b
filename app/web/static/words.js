// The words of the pages in the language of the person: t("Ask").
// A phrase is its own key; phrases without a translation stay English.

/** @import { Phrases, Translate } from "./types.d.ts" */

/** What is spoken where the catalogue does not come. @type {Phrases} */
const ENGLISH = { language: "en", languages: { en: "English" }, phrases: {} };
/** @type {Phrases} */
const spoken = await fetch("/api/phrases").then((reply) => (reply.ok ? reply.json() : ENGLISH)).catch(() => ENGLISH);

export const language = spoken.language;
/** What dates and numbers are written by. */
export const locale = language === "en" ? "en-GB" : language;

/** The phrase in the person's language, its {names} replaced by values. @type {Translate} */
export const t = (phrase, values = {}) =>
  (spoken.phrases[phrase] ?? phrase).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

/** Shows the pages in another language from now on. @param {string} code */
export function speak(code) {
  document.cookie = `eb-language=${code}; path=/; max-age=31536000; samesite=strict`;
  location.reload();
}

document.documentElement.lang = language;
