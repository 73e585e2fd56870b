// "Share this moment …": from–to, what is to be covered, and then a file to be given away.

import { focused, h, json, pick, send } from "./dom.js";
import { sinceMidnight, timeWords } from "./format.js";
import { failureWords, t } from "./words.js";

/** @import { Moment, Recording } from "./types.d.ts" */

const DAY = 86_400;
const COVERS = () => [["faces", t("Faces")], ["screens", t("Screens")], ["plates", t("Number plates")]];

/**
 * Asks what of a recording to share; `from` and `to` are seconds from its beginning.
 * @param {Recording} recording @param {number} from @param {number} to
 */
export function askToShare(recording, from, to) {
  return new Share(recording, from, to);
}

/** The same for a moment of the Timeline. @param {Moment} moment */
export async function shareMoment({ recording, offset, end }) {
  askToShare(await json(`/api/pages/recording/${encodeURIComponent(recording)}`), offset, end);
}

/**
 * Seconds from the beginning of what a time field says; one that was not changed is as exact as it was.
 * @param {string} value @param {number} at what the field was made for @param {number} zero the clock at the beginning
 */
export function offsetOf(value, at, zero) {
  if (value === timeWords(zero + at, true)) return at;
  const [hour, minute, second = 0] = value.split(":").map(Number);
  const by = hour * 3600 + minute * 60 + second - sinceMidnight(zero + at);
  const nearest = by > DAY / 2 ? by - DAY : by < -DAY / 2 ? by + DAY : by;
  return Math.max(0, Math.round(at + nearest));
}

class Share {
  /** @param {Recording} recording @param {number} from @param {number} to */
  constructor(recording, from, to) {
    this.recording = recording;
    this.zero = recording.start + recording.utc_offset; // the clock at the beginning
    this.from = this.time(t("From"), from);
    this.to = this.time(t("To"), Math.max(to, from + 1));
    this.covers = COVERS().map(([name, words]) => ({ name, ...this.box(words, recording.has_video) }));
    this.mute = this.box(t("Leave the sound out"), false);
    this.told = h("div", { class: "eb-share-told", role: "status" });
    this.made = "";
    this.watching = 0;
    /** @type {AbortController | null} */
    this.asked = null;
    this.go = h("button", { type: "submit", class: "eb-choice eb-main" }, t("Make the file"));
    this.close = h("button", { type: "button", class: "eb-choice", onclick: () => this.dialog.close() }, t("Cancel"));
    const opener = focused();
    this.dialog = this.build();
    this.dialog.addEventListener("close", () => this.closed(opener));
    pick(document, "#eb-body").append(this.dialog);
    this.dialog.showModal();
  }

  /** @param {string} words @param {number} at */
  time(words, at) {
    const field = h("input", { type: "time", step: 1, required: true, value: timeWords(this.zero + at, true), "aria-label": words });
    return { field, at };
  }

  /** @param {string} words @param {boolean} checked */
  box(words, checked) {
    const box = h("input", { type: "checkbox", checked });
    return { box, label: h("label", { class: "eb-share-box" }, box, h("span", {}, words)) };
  }

  /** @returns {HTMLDialogElement} */
  build() {
    const title = t("Share this moment");
    const covers = h("fieldset", {}, h("legend", {}, t("Make unrecognisable")), ...this.covers.map(({ label }) => label));
    return h("dialog", { class: "eb-dialog eb-share", "aria-label": title },
      h("form", { onsubmit: (event) => this.submit(event) },
        h("h2", {}, title),
        h("p", { class: "eb-facts" }, t("A file of this stretch alone is made, without a word of where, when or with what it was filmed. You decide whom to give it to; EgoButler sends it nowhere.")),
        h("div", { class: "eb-share-times" }, h("label", {}, t("From"), this.from.field), h("label", {}, t("To"), this.to.field)),
        this.recording.has_video ? covers : "",
        this.recording.has_audio ? this.mute.label : "",
        this.told,
        h("div", { class: "eb-dialog-buttons" }, this.close, this.go)));
  }

  /** @param {HTMLElement | null} opener */
  closed(opener) {
    this.asked?.abort();
    clearInterval(this.watching);
    if (this.made) URL.revokeObjectURL(this.made);
    this.dialog.remove();
    opener?.focus();
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    event.preventDefault();
    const start = offsetOf(this.from.field.value, this.from.at, this.zero);
    const end = offsetOf(this.to.field.value, this.to.at, this.zero);
    if (end <= start) return this.complain(t("The time must begin before it ends."));
    const blur = this.recording.has_video ? this.covers.filter(({ box }) => box.checked).map(({ name }) => name) : [];
    const ticket = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.replace(".", "");
    const piece = { recording: this.recording.id, start, end, blur, mute: this.mute.box.checked, ticket };
    this.go.disabled = true;
    this.wait(ticket, blur.length > 0);
    const asked = this.asked = new AbortController();
    try {
      const reply = await send("/api/share", piece, { signal: asked.signal });
      this.hand(await reply.blob(), blur, piece.mute);
    } catch (error) {
      if (!asked.signal.aborted) this.complain(failureWords(error));
    } finally {
      clearInterval(this.watching);
      this.go.disabled = false;
    }
  }

  /** @param {string} ticket @param {boolean} looks */
  wait(ticket, looks) {
    const bar = h("progress", { max: 1, "aria-label": t("Making the file …") });
    const words = h("p", {}, t("Making the file …"), " ", looks ? t("Every picture is looked through, which may take some minutes.") : "");
    this.told.replaceChildren(words, bar);
    this.watching = window.setInterval(async () => {
      const { share } = await json(`/api/share?ticket=${encodeURIComponent(ticket)}`).catch(() => ({ share: 0 }));
      if (share) bar.value = share;
    }, 1000);
  }

  /** Gives the file to the browser, and says what is covered in it. @param {Blob} file @param {string[]} blur @param {boolean} mute */
  hand(file, blur, mute) {
    this.made = URL.createObjectURL(file);
    const name = `egobutler-${this.from.field.value.replaceAll(":", "")}.mp4`;
    const link = h("a", { href: this.made, download: name, class: "eb-link" }, t("Save it again"));
    const names = COVERS().filter(([one]) => blur.includes(one)).map(([, words]) => words).join(" · ");
    const covered = !this.recording.has_video ? "" : blur.length
      ? t("Made unrecognisable wherever they were found: {names}. Look at it once before you give it away: what is small or turned away may be missed.", { names })
      : t("Nothing was made unrecognisable.");
    this.told.replaceChildren(
      h("p", {}, h("strong", {}, t("The file is in your downloads: {name}", { name }))),
      covered ? h("p", {}, covered) : "",
      mute ? h("p", {}, t("The sound was left out.")) : "", link);
    this.close.textContent = t("Close");
    link.click();
  }

  /** @param {string} words */
  complain(words) {
    this.told.replaceChildren(h("p", { class: "eb-share-trouble", role: "alert" }, words));
  }
}
