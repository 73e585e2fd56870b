// People: what its components have no event for: coming into view, the person whom an address or a link names, and the focus.

import { around, focused, openPage, pick, pickAll, request, whileShown } from "./dom.js";
import { namePictures } from "./pictures.js";

/** @import { Trigger } from "./types.d.ts" */

const NO_FACE = new URL("face.svg", import.meta.url).pathname;

/** Has whoever the address names shown. */
let follow = () => {};
/** Who is shown; empty: everybody. */
let current = "";

const page = () => pick(document, "#eb-page-people");

/** Whom the address names: #page=people/3 */
const named = () => decoded(location.hash.match(/^#page=people\/(.+)$/)?.[1] ?? "");

/** A part of an address, which anybody may have typed. @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address names who is shown, so that Back returns to everybody. @param {{ id?: string }} who */
export function address({ id = "" }) {
  current = id;
  if (document.body.dataset.page !== "people" || id === named()) return;
  if (!id) history.replaceState(null, "", "/#page=people");
  else if (named()) history.replaceState(history.state, "", placeOf(id));
  else history.pushState({ eb: "person" }, "", placeOf(id));
}

/** @param {string} id */
const placeOf = (id) => `/#page=people/${encodeURIComponent(id)}`;

/** Somebody came into view, or everybody: so does the focus, unless it is elsewhere by now. @param {{ id?: string, named?: boolean }} who */
export function shown(who) {
  const before = current;
  address(who);
  const free = !focused() || focused() === document.body || page().contains(focused());
  if (!free || document.body.dataset.page !== "people") return;
  if (!who.id) picture(before)?.focus();
  else if (who.named || matchMedia("(pointer: coarse)").matches) pick(page(), "#eb-back").focus();
  else pick(page(), "#eb-name :is(input, textarea)").focus();
}

/** The picture of somebody in the list, or the first. @param {string} id */
function picture(id) {
  const all = pickAll(page(), "#eb-everybody .thumbnail-item");
  return all.find((one) => one.querySelector(`img[src$="#${CSS.escape(id)}"]`)) ?? all[0];
}

/** From somebody to everybody, the way they were come by. */
export function leave() {
  if (history.state?.eb === "person") return history.back();
  history.replaceState(null, "", "/#page=people");
  follow();
}

/** What cannot be undone is asked for once more. */
export function ask() {
  document.getElementById("eb-forget-now")?.focus();
}

/** A link to somebody, on any page. @param {MouseEvent} event */
function lead(event) {
  const link = around(event, 'a[href^="#person="]');
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const here = document.body.dataset.page === "people";
  history.pushState(here ? { eb: "person" } : null, "", placeOf(decoded(link.hash.replace("#person=", ""))));
  if (here) follow();
  else openPage("people");
}

/** @param {HTMLElement} element @param {Trigger} trigger */
export function mount(element, trigger) {
  const people = element.closest(".eb-page");
  if (!people) return;
  let open = false;
  follow = () => trigger("focus", { who: named() });
  const turn = () => {
    const now = people.classList.contains("eb-open");
    if (now && !open && (named() || current)) follow();
    open = now;
  };
  new MutationObserver(turn).observe(people, { attributeFilter: ["class"] });
  turn();
  window.addEventListener("popstate", () => { if (open && location.hash.startsWith("#page=people")) follow(); });
  document.addEventListener("click", (event) => {
    if (open && named() && around(event, "#eb-page-people-button")) leave();
    lead(event);
  }, true);
  // Gradio loads the page anew after an event that got no answer, and what is being typed would be gone.
  whileShown(people, () => request("/api/notices").then(() => trigger("submit", {}), () => {}), () => 20000);
  people.addEventListener("error", ({ target }) => { if (target instanceof HTMLImageElement && !target.src.includes(NO_FACE)) target.src = NO_FACE + new URL(target.src).hash; }, true);
  new MutationObserver(() => namePictures(people, "#eb-samples")).observe(people, { subtree: true, childList: true, characterData: true, attributeFilter: ["aria-label"] });
}
