// The words of the pages in the language of the person: t("Ask").
// A phrase is its own key; phrases without a translation stay English.

import { json, silence } from "./dom.js";

const spoken = await json("/api/phrases").catch(() => ({ language: "en", languages: { en: "English" }, phrases: {} }));

export const language = spoken.language;
export const languages = spoken.languages;

/** The phrase in the person's language, its {names} replaced by values. */
export function t(phrase, values = {}) {
  const words = spoken.phrases[phrase] ?? phrase;
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Shows the pages in another language from now on. */
export function speak(wanted) {
  document.cookie = `eb-language=${wanted}; path=/; max-age=31536000; samesite=strict`;
  location.reload();
}

document.documentElement.lang = language;
silence.words = t("EgoButler does not answer");
