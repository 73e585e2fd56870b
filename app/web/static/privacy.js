// Privacy: what its components have no event for: coming into view, and what another page would have forgotten.

import { pick, serverAnswers, whileShown, wishes } from "./dom.js";

/** @import { Trigger } from "./types.d.ts" */

let asked = false; // whether what another page would have forgotten is being looked at

/** The page is filled; what another page would have forgotten is in view. */
export function opened() {
  if (asked) document.getElementById("eb-forget")?.scrollIntoView({ block: "start" });
  asked = false;
}

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const look = whileShown(pick(document, "#eb-page-privacy"), async () => {
    if (!wishes.forget && !await serverAnswers()) return;
    const { forget } = wishes;
    delete wishes.forget;
    asked ||= Boolean(forget);
    trigger("focus", { forget });
  }, () => 30_000);
  document.addEventListener("eb-forget", look);
}
