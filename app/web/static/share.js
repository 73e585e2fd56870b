// "Share this moment …": from–to, what is to be covered, and then a file to be given away.

import { h, json, messageOf, pick, pickAll, send } from "./dom.js";
import { sinceMidnight, timeWords } from "./format.js";
import { t } from "./words.js";

/** @import { Moment, Recording } from "./types.d.ts" */

const DAY = 86_400;

/** Has a moment of the Timeline shared. @param {Moment} moment */
export async function shareMoment({ recording, offset, end }) {
  askToShare(await json(`/api/pages/recording/${encodeURIComponent(recording)}`), offset, end);
}

/**
 * Seconds from the beginning of what a time field says; one that was not changed is as exact as it was.
 * @param {string} typed @param {number} at what the field was made for @param {number} zero the clock at the beginning
 */
export function offsetOf(typed, at, zero) {
  if (typed === timeWords(zero + at, true)) return at;
  const [hour, minute, second = 0] = typed.split(":").map(Number);
  const by = hour * 3600 + minute * 60 + second - sinceMidnight(zero + at);
  return Math.max(0, Math.round(at + by - DAY * Math.round(by / DAY)));
}

/**
 * Asks what of a recording to share; `from` and `to` are seconds from its beginning.
 * @param {Recording} recording @param {number} from @param {number} to
 */
export function askToShare(recording, from, to) {
  const dialog = pick(document, ".eb-share", HTMLDialogElement);
  const form = pick(dialog, "form", HTMLFormElement);
  const told = pick(dialog, ".eb-share-told");
  const [close, make] = pickAll(dialog, "button");
  const [first, last] = [...form.querySelectorAll('input[type="time"]')].filter((field) => field instanceof HTMLInputElement);
  const zero = recording.start + recording.utc_offset; // the clock at the beginning
  const over = new AbortController(); // once the dialog is closed
  let file = "";
  form.reset();
  told.replaceChildren();
  close.textContent = t("Cancel");
  pick(form, "fieldset", HTMLFieldSetElement).disabled = !recording.has_video;
  pick(form, "[name=mute]", HTMLInputElement).disabled = !recording.has_audio;
  first.value = timeWords(zero + from, true);
  last.value = timeWords(zero + Math.max(to, from + 1), true);
  form.onsubmit = async (event) => {
    if (event.submitter === close) return;
    event.preventDefault();
    const start = offsetOf(first.value, from, zero);
    const end = offsetOf(last.value, Math.max(to, from + 1), zero);
    if (end <= start) return complain(t("The time must begin before it ends."));
    const chosen = new FormData(form);
    const ticket = String(Math.random()).slice(2);
    const piece = { recording: recording.id, start, end, blur: chosen.getAll("blur"), mute: chosen.has("mute"), ticket };
    make.toggleAttribute("disabled", true);
    const watching = wait(ticket, piece.blur.length > 0);
    try {
      hand(await (await send("/api/share", piece, { signal: over.signal })).blob(), piece.mute);
    } catch (error) {
      complain(messageOf(error));
    }
    clearInterval(watching);
    make.toggleAttribute("disabled", false);
  };
  dialog.onclose = () => {
    over.abort();
    URL.revokeObjectURL(file);
  };
  dialog.showModal();

  /** @param {string} ticket @param {boolean} looks */
  function wait(ticket, looks) {
    const bar = h("progress", { max: 1, "aria-label": t("Making the file …") });
    told.replaceChildren(h("p", {}, t("Making the file …"), " ", looks ? t("Every picture is looked through, which may take some minutes.") : ""), bar);
    return setInterval(async () => {
      const { share } = await json(`/api/share?ticket=${ticket}`).catch(() => ({ share: 0 }));
      if (share) bar.value = share;
    }, 1000);
  }

  /** Gives the file to the browser, and says what is covered in it. @param {Blob} made @param {boolean} mute */
  function hand(made, mute) {
    file = URL.createObjectURL(made);
    const name = `egobutler-${first.value.replaceAll(":", "")}.mp4`;
    const link = h("a", { href: file, download: name, class: "eb-link" }, t("Save it again"));
    const names = pickAll(form, "label:has([name=blur]:checked)").map((label) => label.innerText).join(" · ");
    const covered = names
      ? t("Made unrecognisable wherever they were found: {names}. Look at it once before you give it away: what is small or turned away may be missed.", { names })
      : t("Nothing was made unrecognisable.");
    told.replaceChildren(
      h("p", {}, h("strong", {}, t("The file is in your downloads: {name}", { name }))),
      recording.has_video ? h("p", {}, covered) : "",
      mute ? h("p", {}, t("The sound was left out.")) : "", link);
    close.textContent = t("Close");
    link.click();
  }

  /** @param {string} words */
  function complain(words) {
    told.replaceChildren(h("p", { class: "eb-share-trouble", role: "alert" }, words));
  }
}
