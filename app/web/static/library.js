// Library: files are sent, and the events of its page hear when to look again. The rest is Gradio's.

import { h, pick, pickAll, request, whileShown } from "./dom.js";
import { namePictures } from "./pictures.js";
import { receive } from "./shared.js";
import { Uploader } from "./uploader.js";
import { t } from "./words.js";

const page = () => pick(document, "#eb-page-library");

/** @param {HTMLElement} drop @param {HTMLInputElement} input @param {Uploader} uploader */
function listen(drop, input, uploader) {
  const take = () => {
    uploader.add([...input.files ?? []]);
    input.value = "";
  };
  input.addEventListener("change", take);
  if (input.files?.length) take(); // chosen before this script was there
  for (const kind of /** @type {const} */ (["dragenter", "dragover", "dragleave", "drop"])) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("eb-over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop") uploader.add(event.dataTransfer?.files ?? []);
    });
  }
}

/** Names what Gradio numbers ("Thumbnail 1 of 12") or leaves without a name. */
function nameControls() {
  namePictures(page(), "#eb-page-library");
  for (const field of pickAll(page(), ".timebox")) {
    const label = field.parentElement?.querySelector("[data-testid=block-info]")?.textContent ?? "";
    for (const input of pickAll(field, "input")) call(input, label);
    for (const button of pickAll(field, "button")) call(button, t("Calendar: {name}", { name: label }));
  }
}

/** @param {HTMLElement} element @param {string} words */
function call(element, words) {
  if (element.getAttribute("aria-label") !== words) element.setAttribute("aria-label", words);
}

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
  pick(element, ".eb-lib").setAttribute("aria-label", t("Library"));
  pick(element, ".eb-drop-title").textContent = t("Add recordings");
  pick(element, ".eb-drop-text").replaceChildren(
    t("Drop videos, sound files, photos, transcripts or GPX tracks here, or press to choose them."), h("br"),
    t("They go to a folder on this computer, nowhere else. A broken upload goes on where it stopped."));
  let sent = -Infinity; // when a file arrived that may not be shown yet, in ms
  const uploader = new Uploader(pick(element, ".eb-sending"), pick(element, ".eb-told"), () => {
    sent = performance.now();
    look();
  });
  const busy = () => performance.now() - sent < 15000 || page().querySelector("#eb-coming, #eb-pause, .eb-sample-day .eb-working") !== null;
  const look = whileShown(page(), async () => {
    // Gradio loads the page anew after an event that got no answer, and what is being sent would end.
    if (await uploader.remind()) trigger("submit");
  }, () => (busy() ? 1500 : 8000));
  listen(pick(element, ".eb-drop"), pick(element, "input", HTMLInputElement), uploader);
  receive((files) => uploader.add(files), () => uploader.tell(t("What was shared did not arrive. Share it once more.")));
  new MutationObserver(nameControls).observe(page(), { subtree: true, childList: true, characterData: true, attributeFilter: ["aria-label", "disabled"] });
  document.addEventListener("eb-forgotten", () => look());
  nameControls();
}
