// Privacy: what its components have no event for: coming into view, and what another page would have forgotten.

import { pick, serverAnswers, whileShown, wishes } from "./dom.js";

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const look = whileShown(pick(document, "#eb-page-privacy"), async () => {
    if (!wishes.forget && !await serverAnswers()) return;
    const { forget } = wishes;
    delete wishes.forget;
    trigger(forget ? "select" : "focus", { forget });
  }, () => 30_000);
  document.addEventListener("eb-forget", look);
}
