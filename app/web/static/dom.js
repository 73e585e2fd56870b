// Builds pages from data. Text only ever becomes text nodes, so it can neither run nor fetch.

import { t } from "./words.js";

/** @import { Attributes, Child, GetReplies, PostReplies, ReplyOf, Wishes } from "./types.d.ts" */

/**
 * A new element: h("p", {class: "x", onclick: f}, "text", child).
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Attributes<HTMLElementTagNameMap[T]>} [attributes] @param {Child[]} children
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.flatMap((child) => child || []));
  return element;
}

/**
 * The first element that fits a selector; an Error where there is none, or it is of another kind.
 * @template {HTMLElement} [E=HTMLElement] @param {ParentNode} root @param {string} selector @param {new () => E} [kind]
 */
export function pick(root, selector, kind) {
  const element = root.querySelector(selector);
  if (!(element instanceof (kind ?? HTMLElement))) throw new TypeError(`the page has no ${selector}`);
  return /** @type {E} */ (element);
}

/** All elements that fit a selector. @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
export const pickAll = (root, selector) => [...root.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement);

/** The nearest element around what an event is about that fits. @template {string} S @param {Event} event @param {S} selector */
export const around = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/** What an error says to the person. @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * A good reply of one of our routes. Throws an Error whose message is for the person: a TypeError where no answer came.
 * @param {string} url @param {RequestInit} [options]
 */
export async function request(url, options = {}) {
  const reply = await fetch(url, { credentials: "same-origin", ...options }).catch((error) => {
    throw error instanceof TypeError ? new TypeError(t("EgoButler does not answer")) : error; // "Failed to fetch" tells nobody anything
  });
  if (reply.ok) return reply;
  throw refused(reply.status, await reply.json().catch(() => null));
}

/**
 * The error of a refusal: a sentence, or what is off with each field; who is not signed in any more is led to where that is done.
 * @param {number} status @param {any} data the JSON that came with it
 */
export function refused(status, data) {
  if (status === 401 && data?.sign_in) location.assign(`${data.sign_in}?next=${encodeURIComponent(location.pathname + location.search)}`);
  const detail = data?.error ?? data?.detail ?? t("The server answered {status}.", { status });
  return new Error(Array.isArray(detail) ? detail.map((field) => field.msg).join("; ") : detail);
}

/**
 * The JSON of one of our routes. Throws as `request` does.
 * @template {string} U @param {U} url @param {RequestInit} [options] @returns {Promise<ReplyOf<GetReplies, U>>}
 */
export async function json(url, options) {
  return (await request(url, options)).json().catch(() => null); // a deletion is answered by nothing
}

/**
 * The JSON of the reply to a value that is posted as JSON. Throws as `request` does.
 * @template {string} U @param {U} url @param {unknown} value @returns {Promise<ReplyOf<PostReplies, U>>}
 */
export async function post(url, value) {
  return (await request(url, posted(value))).json().catch(() => null);
}

/** How a value is posted as JSON. @param {unknown} value */
export const posted = (value) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

/**
 * Calls `refresh` whenever the element comes into view, and every `period()` ms while it is, if there is one.
 * Returns a function that does so at once, after which the period is asked for again.
 * @param {Element} element @param {() => unknown} refresh @param {() => number} [period]
 */
export function whileShown(element, refresh, period) {
  let timer = 0;
  let shown = false;
  const turn = async () => {
    clearTimeout(timer);
    await refresh();
    if (shown && period) timer = window.setTimeout(turn, period());
  };
  new IntersectionObserver((entries) => {
    const before = shown;
    shown = entries[entries.length - 1].isIntersecting;
    if (!shown) clearTimeout(timer);
    else if (!before) turn();
  }).observe(element);
  return turn;
}

/** Whether the server answers: after an event that gets no answer Gradio loads the page anew, and what is typed or sent would be gone. */
export const serverAnswers = () => request("/api/notices").then(() => true, () => false);

/**
 * Calls `go` in place of following a link that fits, unless a window of its own is asked for.
 * @param {string} selector @param {(link: HTMLAnchorElement) => unknown} go
 */
export function onLink(selector, go) {
  document.addEventListener("click", (event) => {
    const link = around(event, selector);
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    go(link);
  }, true);
}

/** Which way an arrow key leads. @type {Record<string, [right: number, down: number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NEAR = 200; // parts before and after that are looked at
const ROW = 10; // pixels that parts of a row are apart in height, at the most

/**
 * Arrow keys lead to the nearest part of a place that lies that way; from the end of a row on to the next part.
 * @param {HTMLElement} place @param {string} parts
 */
export function roam(place, parts) {
  place.addEventListener("keydown", (event) => {
    const [from, step] = [around(event, parts), ARROWS[event.key]];
    if (!from || !step || step[0] && from instanceof HTMLInputElement) return; // in a text they lead to a letter
    const [right, down] = step;
    const all = [.../** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll(parts))].filter((part) => part.checkVisibility());
    const number = all.findIndex((part) => part === from);
    const here = middle(from);
    /** How far a part is, where it is that way; what lies aside is farther. @param {Element} part */
    const far = (part) => {
      const [x, y] = middle(part).map((to, n) => to - here[n]);
      const [ahead, aside] = [x * right + y * down, Math.abs(x * down + y * right)];
      return ahead > 2 && (down || aside < ROW) ? ahead + aside / 2 : Infinity;
    };
    const near = all.slice(Math.max(0, number - NEAR), number + NEAR).reduce((best, part) => (far(part) < far(best) ? part : best), all[number]);
    const next = near === from ? all[number + right] : near;
    if (!next || next === from) return;
    event.preventDefault();
    if (next.hasAttribute("tabindex")) { // Tab reaches one of them
      for (const stop of place.querySelectorAll('[tabindex="0"]')) stop.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
    }
    next.focus();
  });
}

/** @param {Element} element */
function middle(element) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return [(left + right) / 2, (top + bottom) / 2];
}

/** What had the focus before it was moved. @type {HTMLElement | null} */
let opener = null;

/** Gives something the focus once it is there, its text chosen, unless the person has given it to something else; a panel that holds it comes whole into view. @param {string} selector */
export async function focusOn(selector) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  for (let frames = 0; frames < 60 && [before, document.body].some((one) => one === document.activeElement); frames++) {
    const [element] = pickAll(document, selector);
    if (element?.checkVisibility()) {
      opener = before;
      element.focus();
      element.closest(".eb-whole")?.scrollIntoView({ block: "nearest" });
      if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) element.select();
      return;
    }
    await new Promise(requestAnimationFrame);
  }
}

/** Gives it back. */
export const focusBack = () => opener?.focus();

/** What pages are wanted to show, by their ids, until they do. @type {Wishes} */
export const wishes = {};

/** Has a page show something; it may be open. @template {keyof Wishes} P @param {P} page @param {Wishes[P]} wanted */
export function wish(page, wanted) {
  wishes[page] = wanted;
  document.dispatchEvent(new CustomEvent(`eb-wish-${page}`));
}

/** What a page is wanted to show, which it does now. @template {keyof Wishes} P @param {P} page @returns {Wishes[P]} */
export function takeWish(page) {
  const wanted = wishes[page];
  delete wishes[page];
  return wanted;
}

/** Opens a page by its id ("ask", "timeline", "library" …), to show something. @template {keyof Wishes} P @param {P} page @param {Wishes[P]} [wanted] */
export function openPage(page, wanted) {
  document.getElementById(`eb-page-${page}-button`)?.click();
  if (wanted) wish(page, wanted);
}
