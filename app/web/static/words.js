// The words of the pages in the language of the person: t("Ask").
// A phrase is its own key; phrases without a translation stay English.

import { fill, json, messageOf, speech } from "./dom.js";

/** @import { Phrases, Translate } from "./types.d.ts" */

/** What is spoken where the catalogue does not come. @type {Phrases} */
const ENGLISH = { language: "en", languages: { en: "English" }, phrases: {} };
const spoken = await json("/api/phrases").catch(() => ENGLISH);

export const language = spoken.language;
export const languages = spoken.languages;
/** What dates and numbers are written by. */
export const locale = language === "en" ? "en-GB" : language;

/**
 * The phrase in the person's language, its {names} replaced by values.
 * @type {Translate}
 */
export function t(phrase, values) {
  return fill(spoken.phrases[phrase] ?? phrase, values);
}

/** What an error says to the person; where no answer came, that the connection was lost. @param {unknown} error */
export function failureWords(error) {
  return error instanceof TypeError ? t("The connection to EgoButler was lost. Is it still running?") : messageOf(error);
}

/** Shows the pages in another language from now on. @param {string} code */
export function speak(code) {
  document.cookie = `eb-language=${code}; path=/; max-age=31536000; samesite=strict`;
  location.reload();
}

document.documentElement.lang = language;
speech.t = t;
