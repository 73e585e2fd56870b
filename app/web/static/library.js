// Library: files are sent, and the events of its page hear when to look again. The rest is Gradio's.

import { openPage, pick, request, whileShown } from "./dom.js";
import { uploader } from "./uploader.js";
import { t } from "./words.js";

const SHARED = "/share"; // all that the service worker sees, which has what another app of the phone shared
const PATIENCE = 20_000; // ms

/** Brings what was chosen into view, where it is below the pictures. */
export function toPanel() {
  const panel = document.getElementById("eb-chosen");
  if (panel && panel.getBoundingClientRect().top > window.innerHeight - 120) panel.scrollIntoView({ block: "nearest" });
}

/** After something was forgotten: no page shows it any more, and the browser has no picture of it. */
export async function forgotten() {
  document.dispatchEvent(new CustomEvent("eb-forgotten"));
  await request("/api/pages/forgotten", { method: "POST" }).catch(() => {});
}

/** @param {HTMLElement} element @param {(event: string) => void} trigger */
export function mount(element, trigger) {
  const page = pick(document, "#eb-page-library");
  const [drop, input] = [pick(element, ".eb-drop"), pick(element, "input", HTMLInputElement)];
  let sent = -Infinity; // when a file arrived that may not be shown yet, in ms
  const sending = uploader(pick(element, ".eb-sending"), pick(element, ".eb-told"), () => {
    sent = performance.now();
    look();
  });
  const busy = () => performance.now() - sent < 15_000 || page.querySelector("#eb-coming, #eb-pause, .eb-sample-day .eb-working");
  const look = whileShown(page, async () => {
    // Gradio loads the page anew after an event that got no answer, and what is being sent would end.
    if (await sending.remind()) trigger("submit");
  }, () => (busy() ? 1500 : 8000));
  const take = () => {
    sending.add([...input.files ?? []]);
    input.value = "";
  };
  input.addEventListener("change", take);
  take(); // what was chosen before this script was there
  for (const kind of ["dragenter", "dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.toggle("eb-over", kind === "dragenter"));
  document.addEventListener("eb-forgotten", look);
  // Has the browser offer the app where others share; without https, or in old browsers, it does not.
  navigator.serviceWorker?.register("/share.js", { scope: SHARED }).catch(() => {});
  if (location.search === "?shared") receive(sending);
}

/** Takes what was shared, which is why this page was opened. @param {ReturnType<typeof uploader>} sending */
async function receive(sending) {
  history.replaceState(null, "", "/#page=library");
  openPage("library");
  const registration = await navigator.serviceWorker?.getRegistration(SHARED);
  const { port1: here, port2: there } = new MessageChannel();
  registration?.active?.postMessage("ready", [there]);
  const files = await new Promise((done) => {
    here.onmessage = ({ data }) => done(data.filter((/** @type {unknown} */ one) => one instanceof File));
    setTimeout(done, registration?.active ? PATIENCE : 0, []);
  });
  if (files.length) sending.add(files);
  else sending.tell(t("What was shared did not arrive. Share it once more."));
}
