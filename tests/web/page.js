// What the scripts of the pages find in a browser, as far as the parts that are tested here need it.
// A test file imports this first. Everything else is driven in a real browser, by tests/browser.

import { Worker } from "node:worker_threads";

// No time limit of the runner ends a loop that never waits: this thread ends the file that is in one.
new Worker("setTimeout(() => process.kill(process.pid, 'SIGKILL'), 60_000)", { eval: true }).unref();

process.env.TZ = "America/Los_Angeles"; // what is shown must not depend on where the computer is

const events = new EventTarget();

/** @type {Record<string, unknown>} */
const browser = {
  window: globalThis,
  document: Object.assign(new EventTarget(), { documentElement: { lang: "" }, cookie: "", activeElement: null, getElementById: () => null }),
  location: { pathname: "/", search: "", hash: "", origin: "http://home", assign() {}, reload() {} },
  addEventListener: events.addEventListener.bind(events),
  removeEventListener: events.removeEventListener.bind(events),
  dispatchEvent: events.dispatchEvent.bind(events),
  requestAnimationFrame() {},
  matchMedia: () => Object.assign(new EventTarget(), { matches: true }),
};
Object.assign(globalThis, browser);

/**
 * Answers requests from now on; `answer` gives a Response, or throws as a lost connection does.
 * Gives the list of requests, which grows.
 * @param {(url: string, options: RequestInit) => Response | Promise<Response>} answer
 */
export function serve(answer) {
  /** @type {{ url: string, options: RequestInit }[]} */
  const requests = [];
  globalThis.fetch = async (url, options = {}) => {
    requests.push({ url: String(url), options });
    return answer(String(url), options);
  };
  return requests;
}

/** @param {unknown} value @param {number} [status] */
export const reply = (value, status = 200) => new Response(JSON.stringify(value), { status });

/** A server that is not there. @returns {never} */
export const unreachable = () => { throw new TypeError("Failed to fetch"); };

serve((url) => reply(url === "/api/phrases" ? { language: "en", languages: { en: "English" }, phrases: {} } : null));
