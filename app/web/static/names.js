// Names for whoever hears the page: parts of Gradio's components have none, or one in English alone.

import { pickAll } from "./dom.js";
import { t } from "./words.js";

/** @type {[parts: string, name: string][]} */
const NAMES = [
  ['#eb-chat [data-testid="bot"]', t("Answer")],
  ['#eb-chat [role="log"]', t("Conversation")],
  ['#eb-chat [aria-label="Copy message"]', t("Copy")],
  ['#eb-chat [aria-label="undo" i]', t("Undo")],
  ['#eb-chat :is([data-testid="user"], textarea), #eb-question :is([aria-label="Multimedia input field"], textarea)', t("Your question")],
  ["#eb-question .upload-button", t("Ask about a photo")],
  ["#eb-question .microphone-button", t("Ask aloud")],
  ["#eb-question .submit-button", t("Ask")],
];
/** @type {[parts: string, role: string][]} */
const ROLES = [
  ["#eb-search-told, .block.eb-status", "status"],
  [".empty[aria-label]", "img"], // a label alone names nothing
  ['#eb-chat [role="list"]', "presentation"], // it holds buttons
];
/** @type {Record<string, string>} */
const TITLES = { Info: t("Note"), Warning: t("Warning"), Error: t("Error") };

/** @param {Element} element @param {string} attribute @param {string} value */
function put(element, attribute, value) {
  if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
}

/** @param {HTMLElement} place */
function name(place) {
  for (const box of pickAll(place, ".timebox")) {
    const label = box.parentElement?.querySelector('[data-testid="block-info"]')?.textContent.trim() ?? "";
    for (const field of pickAll(box, "input")) put(field, "aria-label", label);
    for (const button of pickAll(box, "button")) put(button, "aria-label", `${label}: ${t("Calendar")}`);
  }
  for (const picture of pickAll(place, ".thumbnail-item")) { // Gradio numbers them: "Thumbnail 1 of 12"
    const words = picture.innerText.trim().replaceAll("\n", ", "); // unseen, it begins with a space
    put(picture, "aria-label", words.replace("✓ ", ""));
    if (picture.closest("#eb-page-library, #eb-samples")) put(picture, "aria-pressed", String(words.startsWith("✓")));
    for (const image of pickAll(picture, "img")) put(image, "alt", "");
  }
  for (const [parts, words] of NAMES) {
    for (const part of pickAll(place, parts)) {
      put(part, "aria-label", words);
      if (part.title) put(part, "title", words);
    }
  }
  for (const [parts, role] of ROLES) for (const part of pickAll(place, parts)) put(part, "role", role);
  for (const example of pickAll(place, "#eb-chat .example")) put(example, "aria-label", example.textContent.trim());
  for (const status of pickAll(place, ".block.eb-status")) status.tabIndex = -1;
}

/** Messages of Gradio, whose own words are English. */
function speakToasts() {
  for (const { firstChild: title } of pickAll(document, ".toast-title")) {
    const words = TITLES[title?.nodeValue?.trim() ?? ""];
    if (title && words && title.nodeValue?.trim() !== words) title.nodeValue = `${words} `;
  }
  for (const message of pickAll(document, ".toast-message-text")) {
    if (message.textContent?.includes("Connection to the server was lost")) message.textContent = t("EgoButler does not answer. This page comes back by itself once it runs again.");
  }
  for (const close of pickAll(document, ".toast-close")) put(close, "aria-label", t("Close"));
}

/** Names what is in a place, and whatever comes. @param {HTMLElement} place */
export function keepNamed(place) {
  const watch = new MutationObserver(all);
  function all() {
    name(place);
    watch.takeRecords(); // of what was named just now
  }
  watch.observe(place, { subtree: true, childList: true, characterData: true, attributeFilter: ["aria-label", "disabled"] });
  all();
}

new MutationObserver(speakToasts).observe(document.body, { childList: true, subtree: true });
