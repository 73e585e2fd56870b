// Privacy: what its components have no event for: coming into view, and what another page would have forgotten.

import { pick, serverAnswers, whileShown, wishes } from "./dom.js";

/** @import { Trigger } from "./types.d.ts" */

let asked = false; // whether what another page would have forgotten is being looked at
let sent = -Infinity; // when the event was sent that has not been answered, in ms

/** The page is filled; what another page would have forgotten is in view. */
export function opened() {
  if (asked) document.getElementById("eb-forget")?.scrollIntoView({ block: "start" });
  asked = false;
  sent = -Infinity;
}

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  const look = whileShown(pick(document, "#eb-page-privacy"), async () => {
    if (!wishes.forget && (performance.now() - sent < 60_000 || !await serverAnswers())) return;
    const { forget } = wishes;
    delete wishes.forget;
    asked ||= Boolean(forget);
    sent = performance.now();
    trigger("focus", { forget });
  }, () => 30_000);
  document.addEventListener("eb-forget", look);
}
