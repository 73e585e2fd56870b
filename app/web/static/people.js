// People: what its components have no event for: coming into view, the person whom an address or a link names, and the focus.

import { around, onLink, openPage, pick, pickAll, serverAnswers, whileShown } from "./dom.js";

const NO_FACE = new URL("face.svg", import.meta.url).pathname;

/** Has whoever the address names shown. */
let follow = () => {};
/** Who is shown; empty: everybody. */
let current = "";

const page = () => pick(document, "#eb-page-people");
const open = () => document.body.dataset.page === "people";
/** @param {string} id */
const placeOf = (id) => `/#page=people/${encodeURIComponent(id)}`;

/** Whom an address names, which anybody may have typed: #page=people/3 or #person=3. @param {string} hash */
function named(hash) {
  const query = new URLSearchParams(hash.slice(1));
  return query.get("person") ?? query.get("page")?.match(/^people\/(.+)$/)?.[1] ?? "";
}

/** The address names who is shown, so that Back returns to everybody. @param {{ id?: string }} who */
export function address({ id = "" }) {
  current = id;
  const before = named(location.hash);
  if (!open() || id === before) return;
  if (id && !before) history.pushState({ eb: "person" }, "", placeOf(id));
  else history.replaceState(id ? history.state : null, "", id ? placeOf(id) : "/#page=people");
}

/** Somebody came into view, or everybody: so does the focus, unless it is elsewhere by now. @param {{ id?: string, named?: boolean }} who */
export function shown(who) {
  const before = current;
  address(who);
  const focus = document.activeElement ?? document.body;
  if (!open() || focus !== document.body && !page().contains(focus)) return;
  const pictures = pickAll(page(), "#eb-everybody .thumbnail-item");
  if (!who.id) (pictures.find((one) => one.querySelector(`img[src$="#${CSS.escape(before)}"]`)) ?? pictures[0])?.focus();
  else if (who.named || matchMedia("(pointer: coarse)").matches) pick(page(), "#eb-back").focus();
  else pick(page(), "#eb-name :is(input, textarea)").focus();
}

/** From somebody to everybody, the way they were come by. */
export function leave() {
  if (history.state?.eb === "person") return history.back();
  history.replaceState(null, "", "/#page=people");
  follow();
}

/** @param {HTMLElement} _ @param {Trigger} trigger */
export function mount(_, trigger) {
  follow = () => trigger("focus", { who: named(location.hash) });
  whileShown(page(), () => { if (named(location.hash) || current) follow(); });
  whileShown(page(), async () => { if (await serverAnswers()) trigger("submit", {}); }, () => 20_000);
  window.addEventListener("popstate", () => { if (open() && location.hash.startsWith("#page=people")) follow(); });
  document.addEventListener("click", (event) => { if (open() && named(location.hash) && around(event, "#eb-page-people-button")) leave(); }, true);
  onLink('a[href^="#person="]', ({ hash }) => {
    history.pushState(open() ? { eb: "person" } : null, "", placeOf(named(hash)));
    if (open()) follow();
    else openPage("people");
  });
  page().addEventListener("error", ({ target }) => { if (target instanceof HTMLImageElement && !target.src.includes(NO_FACE)) target.src = NO_FACE + new URL(target.src).hash; }, true);
}
