// Films that another app of the phone shared: the service worker has them until a page asks.

import { openPage } from "./dom.js";

const SHARED = "?shared";
const AT = "/share"; // all that the worker sees
const PATIENCE = 20_000; // ms

/** Has the browser offer the app where others share; without https, or in old browsers, it does not. */
export function offer() {
  navigator.serviceWorker?.register("/share.js", { scope: AT }).catch(() => {});
}

/** Takes what was shared, if that is why this page was opened. @param {(files: File[]) => unknown} take @param {() => unknown} missing */
export async function receive(take, missing) {
  if (location.search !== SHARED) return;
  history.replaceState(null, "", "/#page=library");
  openPage("library");
  const registration = await navigator.serviceWorker?.getRegistration(AT);
  const files = registration?.active ? await asked(registration.active) : [];
  if (files.length) take(files);
  else missing();
}

/** @param {ServiceWorker} worker @returns {Promise<File[]>} */
function asked(worker) {
  return new Promise((done) => {
    setTimeout(() => done([]), PATIENCE);
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (Array.isArray(data?.shared)) done(data.shared.filter((/** @type {unknown} */ one) => one instanceof File));
    });
    navigator.serviceWorker.startMessages();
    worker.postMessage("ready");
  });
}
