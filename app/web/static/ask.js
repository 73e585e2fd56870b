// Ask: what its chat has no component for: keys, plain copies, the moment that plays, and wishes of other pages.

import { around, pickAll, whileShown, wish } from "./dom.js";
import { t } from "./words.js";

/** @import { Playing } from "./types.d.ts" */

const DRAFT = "eb-question"; // under which this tab keeps what was typed while its page is loaded anew
let correcting = false; // the panel is on its way
let signsOut = false; // whoever comes next is somebody else

const box = () => document.querySelector("#eb-question textarea");
const shown = () => document.body.dataset.page === "ask";

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (!shown() || event.defaultPrevented) return;
  const typing = around(event, "input, textarea, select, [contenteditable]");
  if (event.key === "Escape") pickAll(document, "#eb-question .stop-button")[0]?.click();
  else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = box();
    if (!(field instanceof HTMLElement)) return;
    event.preventDefault();
    field.focus();
  }
}

/** @param {MouseEvent} event */
function onClick(event) {
  const correct = around(event, 'a[href^="#correct="]');
  if (correct) {
    event.preventDefault();
    correcting = true;
    wish({ correct: (correct.getAttribute("href") ?? "").slice("#correct=".length) });
  } else if (around(event, 'a[href*="#page=ask"]')) wish({ look: true }); // much may have come or gone
  signsOut = around(event, ".eb-out") !== null;
  copyPlain(event);
}

/** The chat copies the source of an answer, its tags included: here its words. @param {MouseEvent} event */
function copyPlain(event) {
  const button = around(event, "#eb-chat .message-buttons-left button");
  const said = button?.closest(".message-buttons-left")?.previousElementSibling?.querySelectorAll(".eb-said, .eb-streaming");
  if (!button || button !== button.parentElement?.querySelector("button") || !said?.length) return;
  const words = [...said].map((part) => part.textContent).join("\n");
  setTimeout(() => navigator.clipboard?.writeText(words).catch(() => {}));
}

/** Marks the moment that plays. @param {Playing | null} now */
function follow(now) {
  for (const link of pickAll(document, "#eb-chat .eb-play")) {
    const [recording, from, to] = (link.getAttribute("href") ?? "").replace("#seek=", "").split(",");
    const here = now && decodeURIComponent(recording) === now.recording;
    link.parentElement?.classList.toggle("eb-on", Boolean(here && now.at >= Number(from) - 0.5 && now.at < Number(to) + 0.5));
  }
}

/** @param {Element | null} element @param {string} words */
function name(element, words) {
  if (!element || element.getAttribute("aria-label") === words) return;
  element.setAttribute("aria-label", words);
  if (element.hasAttribute("title")) element.setAttribute("title", words);
}

/** What whoever hears the page needs: the chat names messages by their source, tags and all, and much in English alone. */
const NAMES = () => [
  ['#eb-chat [data-testid="bot"]', t("Answer")],
  ['#eb-chat [data-testid="user"]', t("Your question")],
  ['#eb-chat [role="log"]', t("Conversation")],
  ['#eb-chat [aria-label="Copy message"]', t("Copy")],
  ['#eb-chat [aria-label="undo" i]', t("Undo")],
  ['#eb-question [aria-label="Multimedia input field"]', t("Your question")],
  ["#eb-question textarea, #eb-chat textarea", t("Your question")],
  ["#eb-page-ask .calendar", t("Calendar")],
  ["#eb-question .upload-button", t("Ask about a photo")],
  ["#eb-question .microphone-button", t("Ask aloud")],
  ["#eb-question .submit-button", t("Ask")],
];

function nameParts() {
  for (const [selector, words] of NAMES()) for (const one of document.querySelectorAll(selector)) name(one, words);
  for (const one of document.querySelectorAll("#eb-chat .example")) name(one, one.textContent.trim());
  document.querySelector('#eb-chat [role="list"]')?.removeAttribute("role"); // it holds buttons
  const panel = correcting ? document.getElementById("eb-correction") : null;
  if (panel?.offsetParent) {
    correcting = false;
    panel.scrollIntoView({ block: "center" });
    panel.querySelector("button")?.focus({ preventScroll: true });
  }
}

function watch() {
  const page = document.getElementById("eb-page-ask");
  if (!page || !box()) return requestAnimationFrame(watch);
  new MutationObserver(nameParts).observe(page, { subtree: true, childList: true, attributeFilter: ["aria-label"] });
  nameParts();
  bringQuestionBack();
  whileShown(page, () => page.querySelector(".eb-sample-day .eb-working") && wish({ look: true }), () => 1500);
}

/** Keeps a question that was typed, or whose answer had not come: Gradio loads the page anew once a server that went away is back. */
function keepQuestion() {
  const waits = document.querySelector("#eb-chat :is(.eb-wait, .eb-streaming)") !== null;
  const asked = pickAll(document, '#eb-chat [data-testid="user"]').at(-1)?.innerText.trim() ?? "";
  const field = box();
  const typed = field instanceof HTMLTextAreaElement ? field.value : "";
  try { sessionStorage.setItem(DRAFT, signsOut ? "" : typed || (waits ? asked : "")); } catch { /* a browser that keeps nothing */ }
}

/** Another tab may have gone on; an answer that comes, and a question that is put otherwise, are left alone. */
function lookAgain() {
  if (shown() && !document.hidden && !pickAll(document, "#eb-question .stop-button, #eb-chat textarea").length) wish({ look: true });
}

function bringQuestionBack() {
  // Once the server has filled the page: what it sends may write over the box.
  if (!document.querySelector("#eb-chat :is(.placeholder, .eb-answer)")) return requestAnimationFrame(bringQuestionBack);
  const field = box();
  try {
    const words = sessionStorage.getItem(DRAFT);
    sessionStorage.removeItem(DRAFT);
    if (!words || !(field instanceof HTMLTextAreaElement) || field.value) return;
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } catch { /* a browser that keeps nothing */ }
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick, true);
window.addEventListener("pagehide", keepQuestion);
document.addEventListener("eb-now", (event) => follow(event.detail));
for (const kind of ["focus", "visibilitychange"]) window.addEventListener(kind, lookAgain);
document.addEventListener("eb-forgotten", () => wish({ look: true })); // what is gone is quoted no more
watch();
