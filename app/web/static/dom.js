// Builds pages from data. Text only ever becomes text nodes, so it can neither run nor fetch.

/** @import { AskWish, Attributes, Child, GetReplies, PostReplies, ReplyOf, Translate, Wishes } from "./types.d.ts" */

/**
 * A new element: h("p", {class: "x", onclick: f}, "text", child).
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Attributes<HTMLElementTagNameMap[T]>} [attributes] @param {Child[]} children
 * @returns {HTMLElementTagNameMap[T]}
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
 * @template {HTMLElement} [E=HTMLElement]
 * @param {ParentNode} root @param {string} selector @param {new () => E} [kind]
 * @returns {E}
 */
export function pick(root, selector, kind) {
  const element = root.querySelector(selector);
  if (!(element instanceof (kind ?? HTMLElement))) throw new TypeError(`the page has no ${selector}`);
  return /** @type {E} */ (element);
}

/** All elements that fit a selector. @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
export const pickAll = (root, selector) => [...root.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement);

/**
 * The nearest element around what an event is about that fits.
 * @template {string} S
 * @param {Event} event @param {S} selector
 */
export function around(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

/** The element that has the focus. */
export const focused = () => (document.activeElement instanceof HTMLElement ? document.activeElement : null);

/** Values as the query of an address. @param {Record<string, string | number>} values */
export const queryOf = (values) => new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));

/** What an error says to the person. @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * A phrase with its {names} replaced by values.
 * @type {Translate}
 */
export const fill = (phrase, values = {}) => phrase.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

/** How this file puts phrases into the person's language: words.js, which needs this file, says how. */
export const speech = { t: fill };

/** A refusal: its message is for the person, `data` is the JSON that came with it. */
export class HttpError extends Error {
  /** @param {string} message @param {number} status @param {any} data */
  constructor(message, status, data) {
    super(message);
    this.status = status;
    this.data = data;
  }
}

/**
 * Why the server refused, in words: a sentence, or what is off with each field.
 * @param {any} data @param {number} status
 */
function refusal(data, status) {
  const detail = data?.error ?? data?.detail;
  if (Array.isArray(detail)) return detail.map((field) => field.msg).join("; ");
  return detail ?? speech.t("The server answered {status}.", { status });
}

/**
 * A good reply of one of our routes. Throws an Error whose message is for the person: a TypeError
 * where no answer came, an HttpError where the server refused.
 * @param {string} url @param {RequestInit} [options]
 */
export async function request(url, options = {}) {
  const reply = await fetch(url, { credentials: "same-origin", ...options }).catch((error) => {
    throw error instanceof TypeError ? new TypeError(speech.t("EgoButler does not answer")) : error; // "Failed to fetch" tells nobody anything
  });
  if (reply.ok) return reply;
  throw refused(reply.status, await reply.json().catch(() => null));
}

/**
 * The error of a refusal; who is not signed in any more is led to where that is done.
 * @param {number} status @param {any} data
 */
export function refused(status, data) {
  if (status === 401 && data?.sign_in) location.assign(`${data.sign_in}?next=${encodeURIComponent(location.pathname + location.search)}`);
  return new HttpError(refusal(data, status), status, data);
}

/**
 * The JSON of one of our routes. Throws as `request` does.
 * @template {string} U
 * @param {U} url @param {RequestInit} [options]
 * @returns {Promise<ReplyOf<GetReplies, U>>}
 */
export async function json(url, options) {
  return (await request(url, options)).json().catch(() => null); // a deletion is answered by nothing
}

/**
 * Posts a value as JSON. Throws as `request` does.
 * @template {string} U
 * @param {U} url @param {unknown} value @param {RequestInit} [options]
 * @returns {Promise<ReplyOf<PostReplies, U>>}
 */
export async function post(url, value, options) {
  return (await send(url, value, options)).json().catch(() => null);
}

/** The reply to a value that is posted as JSON. @param {string} url @param {unknown} value @param {RequestInit} [options] */
export function send(url, value, options) {
  const headers = { "Content-Type": "application/json" };
  return request(url, { method: "POST", headers, body: JSON.stringify(value), ...options });
}

/**
 * Calls `refresh` whenever the element comes into view, and every `period()` ms while it is.
 * Returns a function that does so at once, after which the period is asked for again.
 * @param {Element} element @param {() => unknown} refresh @param {() => number} period
 */
export function whileShown(element, refresh, period) {
  let timer = 0;
  let shown = false;
  const turn = async () => {
    clearTimeout(timer);
    await refresh();
    if (shown) timer = window.setTimeout(turn, period());
  };
  new IntersectionObserver((entries) => {
    const now = entries[entries.length - 1].isIntersecting;
    if (now === shown) return;
    shown = now;
    if (shown) turn();
    else clearTimeout(timer);
  }).observe(element);
  return turn;
}

/**
 * Switches a button off or on; the focus goes to `instead` rather than being lost with it.
 * @param {HTMLButtonElement} button @param {boolean} off @param {HTMLElement} instead
 */
export function disable(button, off, instead) {
  if (off && button === document.activeElement) instead.focus();
  button.disabled = off;
}

/** What one page wants another to open with: a day for the Timeline. @type {Wishes} */
export const wishes = { day: "" };

/** Opens a page by its id: "ask", "timeline", "library" … @param {string} name */
export function openPage(name) {
  document.getElementById(`eb-page-${name}-button`)?.click();
}

/** Tells the events of the page Ask what a script wants. @param {AskWish} wanted */
export function wish(wanted) {
  const field = document.querySelector("#eb-ask-wish :is(textarea, input)");
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
  field.value = JSON.stringify({ ...wanted, at: performance.now() }); // the same wish twice is two
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
