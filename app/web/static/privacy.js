// Privacy: what its components have no event for: coming into view, and what another page would have forgotten.

import { pick, serverAnswers, takeWish, whileShown } from "./dom.js";

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const look = whileShown(pick(document, "#eb-page-privacy"), async () => {
    const forget = takeWish("privacy");
    if (forget || await serverAnswers()) trigger(forget ? "select" : "focus", { forget });
  }, () => 30_000);
  document.addEventListener("eb-wish-privacy", look);
}
