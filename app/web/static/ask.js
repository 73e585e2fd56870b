// Ask: what its chat has no component for: keys, plain copies, and wishes of other pages.

import { around, onLink, pick, pickAll, takeWish, whileShown, wish } from "./dom.js";

const DRAFT = "eb-question"; // under which this tab keeps what was typed while its page is loaded anew
let signsOut = false; // whoever comes next is somebody else

const box = () => pickAll(document, "#eb-question textarea").find((field) => field instanceof HTMLTextAreaElement);
const shown = () => document.body.dataset.page === "ask";
const look = () => wish("ask", { look: true }); // much may have come or gone

/** Gradio fetches the chat's own script, which may come after this one. */
function followOnceThere() {
  const chat = document.querySelector("#eb-chat");
  if (chat instanceof HTMLElement) follow(chat);
  else requestAnimationFrame(followOnceThere);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (!shown() || event.defaultPrevented) return;
  if (event.key === "Escape") pickAll(document, "#eb-question .stop-button")[0]?.click();
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || around(event, "input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  box()?.focus();
}

/** @param {MouseEvent} event */
function onClick(event) {
  signsOut = around(event, ".eb-out") !== null;
  if (around(event, 'a[href*="#page=ask"]')) look();
  // The chat copies the source of an answer, its tags included: here its words.
  const button = around(event, "#eb-chat .message-buttons-left button:first-of-type");
  const said = button?.closest(".message-buttons-left")?.previousElementSibling?.querySelectorAll(".eb-said, .eb-streaming");
  if (!said?.length) return;
  const words = [...said].map((part) => part.textContent).join("\n");
  setTimeout(() => navigator.clipboard?.writeText(words).catch(() => {}));
}

function bringQuestionBack() {
  // Once the server has filled the page: what it sends may write over the box.
  if (!document.querySelector("#eb-chat :is(.placeholder, .eb-answer)")) return requestAnimationFrame(bringQuestionBack);
  const field = box();
  const words = sessionStorage.getItem(DRAFT);
  sessionStorage.removeItem(DRAFT);
  if (!words || !field || field.value) return;
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Another tab may have gone on; an answer that comes, and a question that is put otherwise, are left alone. */
const lookAgain = () => shown() && !document.hidden && !pickAll(document, "#eb-question .stop-button, #eb-chat textarea").length && look();

/** Scrolls as an answer grows, until its moments are at the head: these, and what has the focus, stay in view. @param {HTMLElement} chat */
function follow(chat) {
  let [follows, waited, asked] = [false, false, 0];
  for (const kind of ["wheel", "touchmove", "focusin"]) chat.addEventListener(kind, () => { follows = false; }, { passive: true });
  new MutationObserver(() => {
    const questions = pickAll(chat, ".user-row");
    const waits = chat.querySelector(".eb-wait, .eb-streaming") !== null;
    if ((waits && !waited) || (!asked && questions.length)) follows = true;
    [waited, asked] = [waits, questions.length];
    if (!follows) return;
    questions.at(-1)?.scrollIntoView();
    const [moments, words] = [".eb-moments", ".eb-said, .eb-streaming"].map((part) => pickAll(chat, ".message-row").at(-1)?.querySelector(part));
    words?.scrollIntoView({ block: "nearest" });
    if (moments && moments.getBoundingClientRect().top < Math.max(0, chat.getBoundingClientRect().top)) moments.scrollIntoView();
  }).observe(chat, { childList: true, subtree: true });
}

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  document.addEventListener("eb-wish-ask", () => trigger("focus", { ...takeWish("ask") }));
  onLink('a[href^="#correct="]', ({ hash }) => trigger("select", { correct: hash.slice("#correct=".length) }));
  onLink('a[href^="#again="]', (link) => {
    trigger("retry", { again: link.hash.slice("#again=".length) });
    link.remove(); // pressed twice it would ask twice
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick, true);
  // What is typed stays: Gradio loads the page anew once a server that went away is back.
  window.addEventListener("pagehide", () => sessionStorage.setItem(DRAFT, signsOut ? "" : box()?.value ?? ""));
  for (const kind of ["focus", "visibilitychange"]) window.addEventListener(kind, lookAgain);
  document.addEventListener("eb-forgotten", look); // what is gone is quoted no more
  const page = pick(document, "#eb-page-ask");
  followOnceThere();
  whileShown(page, () => { if (page.querySelector(".eb-sample-day .eb-working, .eb-answer .eb-wait")) look(); }, () => 1500);
  bringQuestionBack();
}
