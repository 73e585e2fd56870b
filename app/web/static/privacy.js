// Privacy: what its components have no event for: coming into view, what another page would have forgotten, focus and downloads.

import { h, pickAll, request, whileShown, wishes } from "./dom.js";

/** @import { Trigger } from "./types.d.ts" */

let asked = false; // whether what another page would have forgotten is being looked at
let sent = -Infinity; // when the event was sent that has not been answered, in ms

/** The page is filled; what another page would have forgotten is in view. */
export function opened() {
  if (asked) document.getElementById("eb-forget")?.scrollIntoView({ block: "start" });
  asked = false;
  sent = -Infinity;
}

/** Gives something the focus once it is there, unless the person has given it to something else. @param {string} selector */
export async function focusOn(selector) {
  const before = document.activeElement;
  for (let frames = 0; frames < 60 && [before, document.body].includes(document.activeElement); frames++) {
    const [element] = pickAll(document, selector);
    if (element?.checkVisibility()) return element.focus();
    await new Promise(requestAnimationFrame);
  }
}

/** Hands a file that was made to the browser. @param {{ address: string, name: string } | null} file */
export function save(file) {
  if (!file) return;
  const link = h("a", { href: file.address, download: file.name });
  document.body.append(link);
  link.click();
  link.remove();
}

/** @param {HTMLElement} element @param {Trigger} trigger */
export function mount(element, trigger) {
  const page = element.closest(".eb-page");
  if (!page) return;
  let shown = false;
  const look = whileShown(page, async () => {
    if (!wishes.forget && performance.now() - sent < 60_000) return;
    // Gradio loads the page anew after an event that got no answer, and what was typed would be gone.
    if (shown && !wishes.forget && !await request("/api/privacy/log?limit=1").catch(() => null)) return;
    const { forget } = wishes;
    delete wishes.forget;
    asked ||= Boolean(forget);
    shown = true;
    sent = performance.now();
    trigger("focus", { forget });
  }, () => 30_000);
  document.addEventListener("eb-forget", look);
  const name = () => {
    for (const status of pickAll(page, ".block.eb-status:not([role])")) {
      status.setAttribute("role", "status");
      status.setAttribute("tabindex", "-1");
    }
    for (const secret of pickAll(page, '[type="password"]')) secret.setAttribute("autocomplete", "new-password");
  };
  new MutationObserver(name).observe(page, { subtree: true, childList: true });
  name();
}
