// "Share this moment …": from–to, what is to be covered, and then a file to be given away.

import { h, json } from "./dom.js";
import { t } from "./words.js";

const DAY = 86_400;
const COVERS = () => [["faces", t("Faces")], ["screens", t("Screens")], ["plates", t("Number plates")]];
const two = (number) => String(number).padStart(2, "0");

/** Asks what of a recording to share; `from` and `to` are seconds from its beginning. */
export function askToShare(recording, from, to) {
  return new Share(recording, from, to);
}

/** The same for a moment of the Timeline. */
export async function shareMoment({ recording, offset, end }) {
  askToShare(await json(`/api/pages/recording/${encodeURIComponent(recording)}`), offset, end);
}

class Share {
  constructor(recording, from, to) {
    this.recording = recording;
    this.zero = recording.start + recording.utc_offset; // the clock at the beginning
    this.from = this.time(t("From"), from);
    this.to = this.time(t("To"), Math.max(to, from + 1));
    this.covers = COVERS().map(([name, words]) => [name, this.box(words, recording.has_video)]);
    this.mute = this.box(t("Leave the sound out"), false);
    this.told = h("div", { class: "eb-share-told", role: "status" });
    this.go = h("button", { type: "submit", class: "eb-choice eb-main" }, t("Make the file"));
    this.close = h("button", { type: "button", class: "eb-choice", onclick: () => this.dialog.close() }, t("Cancel"));
    this.build();
  }

  time(words, at) {
    const field = h("input", { type: "time", step: 1, required: true, value: this.clock(at), "aria-label": words });
    field.near = at;
    return field;
  }

  clock(at) {
    const whole = Math.floor((((this.zero + at) % DAY) + DAY) % DAY + 0.001);
    return [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60].map(two).join(":");
  }

  /** Seconds from the beginning; a time that was not changed is as exact as it was. */
  offset(field) {
    if (field.value === this.clock(field.near)) return field.near;
    const [hour, minute, second = 0] = field.value.split(":").map(Number);
    const by = hour * 3600 + minute * 60 + second - (((this.zero + field.near) % DAY) + DAY) % DAY;
    const nearest = by > DAY / 2 ? by - DAY : by < -DAY / 2 ? by + DAY : by;
    return Math.max(0, Math.round(field.near + nearest));
  }

  box(words, checked) {
    const box = h("input", { type: "checkbox", checked });
    return Object.assign(h("label", { class: "eb-share-box" }, box, h("span", {}, words)), { box });
  }

  build() {
    const from = document.activeElement;
    const title = t("Share this moment");
    const covers = h("fieldset", {}, h("legend", {}, t("Make unrecognisable")), ...this.covers.map(([, label]) => label));
    this.dialog = h("dialog", { class: "eb-dialog eb-share", "aria-label": title, onclose: () => this.closed(from) },
      h("form", { onsubmit: (event) => this.submit(event) },
        h("h2", {}, title),
        h("p", { class: "eb-facts" }, t("A file of this stretch alone is made, without a word of where, when or with what it was filmed. You decide whom to give it to; EgoButler sends it nowhere.")),
        h("div", { class: "eb-share-times" }, h("label", {}, t("From"), this.from), h("label", {}, t("To"), this.to)),
        this.recording.has_video ? covers : "",
        this.recording.has_audio ? this.mute : "",
        this.told,
        h("div", { class: "eb-dialog-buttons" }, this.close, this.go)));
    document.getElementById("eb-body").append(this.dialog);
    this.dialog.showModal();
  }

  closed(from) {
    this.asked?.abort();
    clearInterval(this.watching);
    if (this.made) URL.revokeObjectURL(this.made);
    this.dialog.remove();
    from?.focus?.();
  }

  async submit(event) {
    event.preventDefault();
    const start = this.offset(this.from);
    const end = this.offset(this.to);
    if (end <= start) return this.complain(t("The time must begin before it ends."));
    const blur = this.recording.has_video ? this.covers.filter(([, { box }]) => box.checked).map(([name]) => name) : [];
    const ticket = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.replace(".", "");
    const piece = { recording: this.recording.id, start, end, blur, mute: this.mute.box.checked, ticket };
    this.go.disabled = true;
    this.wait(ticket, blur.length > 0);
    this.asked = new AbortController();
    try {
      const reply = await fetch("/api/share", { method: "POST", credentials: "same-origin", signal: this.asked.signal,
        headers: { "Content-Type": "application/json" }, body: JSON.stringify(piece) });
      if (!reply.ok) throw new Error((await reply.json().catch(() => ({}))).detail ?? t("The server answered {status}.", { status: reply.status }));
      this.hand(await reply.blob(), blur, piece.mute);
    } catch (error) {
      if (error.name !== "AbortError") this.complain(error instanceof TypeError ? t("The connection to EgoButler was lost. Is it still running?") : error.message);
    } finally {
      clearInterval(this.watching);
      this.go.disabled = false;
    }
  }

  wait(ticket, looks) {
    const bar = h("progress", { max: 1, "aria-label": t("Making the file …") });
    const words = h("p", {}, t("Making the file …"), " ", looks ? t("Every picture is looked through, which may take some minutes.") : "");
    this.told.replaceChildren(words, bar);
    this.watching = setInterval(async () => {
      const { share } = await json(`/api/share?ticket=${encodeURIComponent(ticket)}`).catch(() => ({}));
      if (share) bar.value = share;
    }, 1000);
  }

  /** Gives the file to the browser, and says what is covered in it. */
  hand(file, blur, mute) {
    this.made = URL.createObjectURL(file);
    const name = `egobutler-${this.from.value.replaceAll(":", "")}.mp4`;
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

  complain(words) {
    this.told.replaceChildren(h("p", { class: "eb-share-trouble", role: "alert" }, words));
  }
}
