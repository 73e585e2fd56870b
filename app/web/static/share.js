// "Share this moment …": from–to, what is to be covered, and then a file to be given away.

import { json, messageOf, pick, pickAll, posted, request } from "./dom.js";
import { t } from "./words.js";

const DAY = 86_400;

/**
 * Seconds from the beginning of what a time field says; one that was not changed is as exact as it was.
 * @param {number} typed since midnight @param {number} at what the field was made for @param {number} zero the clock at the beginning
 */
export function offsetOf(typed, at, zero) {
  const ahead = typed - zero - at;
  const by = ahead - DAY * Math.round(ahead / DAY);
  return by <= 0 && by > -1 ? at : Math.max(0, Math.round(at + by));
}

/**
 * Asks what of a recording to share; `from` and `to` are seconds from its beginning.
 * @param {string} id @param {number} from @param {number} to
 */
export async function askToShare(id, from, to) {
  const recording = await json(`/api/pages/recording/${encodeURIComponent(id)}`);
  if (!recording.available) throw new Error(recording.trouble);
  const dialog = pick(document, ".eb-share", HTMLDialogElement);
  const form = pick(dialog, "form", HTMLFormElement);
  const parts = pickAll(dialog, ".eb-share-told > *");
  const [trouble, wait, done] = parts;
  const [close, make] = pickAll(dialog, "button");
  const [first, last] = ["from", "to"].map((name) => pick(form, `[name=${name}]`, HTMLInputElement));
  const [saved, covered, silent] = pickAll(done, "strong, p + p");
  const covers = pick(form, "fieldset", HTMLFieldSetElement);
  const bar = pick(wait, "progress", HTMLProgressElement);
  const link = pick(done, "a", HTMLAnchorElement);
  const zero = recording.start + recording.utc_offset; // the clock at the beginning
  const until = Math.max(to, from + 1);
  const over = new AbortController(); // once the dialog is closed
  /** @param {HTMLElement} [part] */
  const show = (part) => { for (const one of parts) one.hidden = one !== part; };

  form.reset();
  show();
  make.toggleAttribute("disabled", false);
  close.textContent = t("Cancel");
  close.onclick = () => dialog.close();
  covers.hidden = covers.disabled = covered.hidden = !recording.has_video;
  pick(form, "label:has([name=mute])").hidden = !recording.has_audio;
  first.valueAsDate = new Date(1000 * Math.floor(zero + from));
  last.valueAsDate = new Date(1000 * Math.floor(zero + until));
  dialog.onclose = () => {
    over.abort();
    URL.revokeObjectURL(link.href);
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    const names = pickAll(form, "label:has([name=blur]:checked)").map((label) => label.innerText).join(" · ");
    const piece = {
      recording: id, start: offsetOf(first.valueAsNumber / 1000, from, zero), end: offsetOf(last.valueAsNumber / 1000, until, zero),
      blur: chosen.getAll("blur"), mute: chosen.has("mute"), ticket: String(Math.random()).slice(2),
    };
    make.toggleAttribute("disabled", true);
    bar.removeAttribute("value");
    pick(wait, "span").hidden = !piece.blur.length;
    show(wait);
    const watching = setInterval(async () => {
      const { share } = await json(`/api/share?ticket=${piece.ticket}`).catch(() => ({ share: 0 }));
      if (share) bar.value = share;
    }, 1000);
    try {
      if (piece.end <= piece.start) throw new Error(t("The time must begin before it ends."));
      const reply = await request("/api/share", { ...posted(piece), signal: over.signal });
      link.href = URL.createObjectURL(await reply.blob());
      link.download = `egobutler-${first.value.replaceAll(":", "")}.mp4`;
      saved.textContent = t("The file is in your downloads: {name}", { name: link.download });
      covered.textContent = names
        ? t("Made unrecognisable wherever they were found: {names}. Look at it once before you give it away: what is small or turned away may be missed.", { names })
        : t("Nothing was made unrecognisable.");
      silent.hidden = !piece.mute;
      show(done);
      close.textContent = t("Close");
      link.click();
    } catch (error) {
      trouble.textContent = messageOf(error);
      if (!over.signal.aborted) show(trouble);
    }
    clearInterval(watching);
    make.toggleAttribute("disabled", false);
  };
  dialog.showModal();
}
