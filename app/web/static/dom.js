// Builds pages from data. Text only ever becomes text nodes, so it can neither run nor fetch.

/** A new element: h("p", {class: "x", onclick: f}, "text", child). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

/** What is said where no answer comes: words.js puts it into the person's language. */
export const silence = { words: "EgoButler does not answer" };

/** The JSON of one of our routes. Throws an Error whose message is for the person. */
export async function json(url, options = {}) {
  const reply = await fetch(url, { credentials: "same-origin", ...options }).catch((error) => {
    throw error instanceof TypeError ? new TypeError(silence.words) : error; // "Failed to fetch" tells nobody anything
  });
  const data = reply.status === 204 ? null : await reply.json().catch(() => null);
  if (reply.ok) return data;
  if (reply.status === 401 && data?.sign_in) location.assign(`${data.sign_in}?next=${encodeURIComponent(location.pathname + location.search)}`);
  const error = new Error(data?.error ?? data?.detail ?? `the server answered ${reply.status}`);
  throw Object.assign(error, { status: reply.status, data });
}

/** Posts a value as JSON. */
export function post(url, value, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return json(url, { method: "POST", headers, body: JSON.stringify(value), ...options });
}

/**
 * Calls `refresh` whenever the element comes into view, and every `period()` ms while it is.
 * Returns a function that does so at once, after which the period is asked for again.
 */
export function whileShown(element, refresh, period) {
  let timer = 0;
  let shown = false;
  const turn = async () => {
    clearTimeout(timer);
    await refresh();
    if (shown) timer = setTimeout(turn, period());
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

/** Switches a button off or on; the focus goes to `instead` rather than being lost with it. */
export function disable(button, off, instead) {
  if (off && button === document.activeElement) instead.focus();
  button.disabled = off;
}

/** What one page wants another to open with: a day for the Timeline. */
export const wishes = { day: "" };

/** Opens a page by its id: "ask", "timeline", "library" … */
export function openPage(name) {
  document.getElementById(`eb-page-${name}-button`)?.click();
}
