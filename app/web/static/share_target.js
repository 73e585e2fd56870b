// The service worker of the installed app. It sees what other apps share with it (POST /share), and
// nothing else: it hands the files to the Library page and keeps none. No cache, no database.

/** @import { WorkerScope } from "./types.d.ts" */

const worker = /** @type {WorkerScope} */ (/** @type {unknown} */ (self));
const PATIENCE = 240_000; // ms for which files wait for a page: somebody may have to sign in first

/** What was shared and no page has fetched yet. @type {FormDataEntryValue[]} */
let waiting = [];
/** @type {(value?: unknown) => void} */
let fetched = () => {};

worker.addEventListener("fetch", (event) => {
  if (event.request.method !== "POST" || new URL(event.request.url).pathname !== "/share") return;
  event.respondWith(taken(event.request));
  event.waitUntil(new Promise((done) => setTimeout(fetched = done, PATIENCE))); // a worker that waits for nothing is ended, and its memory with it
});

worker.addEventListener("message", ({ ports: [page] }) => {
  page.postMessage(waiting);
  waiting = [];
  fetched();
});

/** @param {Request} request */
async function taken(request) {
  const form = await request.formData().catch(() => new FormData());
  waiting.push(...form.getAll("recordings"));
  return Response.redirect("/?shared#page=library", 303); // whoever has to sign in keeps the question mark
}
