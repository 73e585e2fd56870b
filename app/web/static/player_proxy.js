// A copy that this browser can play, of a recording that it cannot: asked for, waited for, played.

import { json, messageOf, pick, post } from "./dom.js";
import { t } from "./words.js";

/** @import { Recording } from "./types.d.ts" */

const LOOK = 700; // ms between two looks at how far it is
const AT_ONCE = 900; // seconds of recording up to which nobody is asked whether it is to be made

/** Whether the browser itself says that it cannot play this. @param {HTMLVideoElement} video @param {string} type */
export const refuses = (video, type) => Boolean(type) && video.canPlayType(type) === "";

export class Proxy {
  /**
   * `ready(address)` is called when there is a copy to play.
   * @param {HTMLElement} trouble @param {HTMLVideoElement} video @param {(address: string) => unknown} ready
   */
  constructor(trouble, video, ready) {
    this.trouble = trouble;
    this.video = video;
    this.ready = ready;
    this.words = pick(trouble, "p");
    this.bar = pick(trouble, "progress", HTMLProgressElement);
    this.button = pick(trouble, ".eb-make", HTMLButtonElement);
    this.button.textContent = t("Make a copy that plays here");
    this.button.addEventListener("click", () => this.make());
    this.reason = "";
    /** @type {Recording | null} */
    this.recording = null;
  }

  /** Stops waiting; what is being made goes on. */
  leave() {
    this.recording = null;
    this.bar.hidden = true;
    this.button.hidden = true;
  }

  /** @returns {`/media/${string}/proxy`} */
  get place() { return `/media/${encodeURIComponent(this.recording?.id ?? "")}/proxy`; }

  /** Looks for a copy of a recording that does not play, or has one made. @param {Recording} recording */
  async need(recording) {
    this.recording = recording;
    this.reason = recording.held ? t("A part of this recording was forgotten, but its file still holds it: a copy without that part is played.")
      : recording.has_video ? t("This browser cannot play this kind of video.") : t("This browser cannot play this kind of sound.");
    this.tell(this.reason);
    try {
      const { state } = await json(`${this.place}/status`);
      if (this.recording !== recording) return;
      if (state === "ready") this.ready(this.place);
      else if (state !== "none" || recording.duration <= AT_ONCE) await this.make();
      else {
        this.button.hidden = false;
        this.tell(`${this.reason} ${t("A copy that it can play takes a while to be made, as this one is long.")}`);
      }
    } catch (error) { this.fail(messageOf(error)); }
  }

  async make() {
    const { recording } = this;
    this.button.hidden = true;
    const format = this.video.canPlayType('video/mp4; codecs="avc1.64001f, mp4a.40.2"') ? "mp4" : "webm";
    try {
      let told = await post(this.place, { format });
      while (this.recording === recording && (told.state === "waiting" || told.state === "making")) {
        this.bar.hidden = false;
        this.bar.value = told.share;
        this.tell(`${this.reason} ${t("A copy that plays here is being made: {percent} %.", { percent: Math.round(100 * told.share) })}`);
        await new Promise((done) => { setTimeout(done, LOOK); });
        if (this.recording !== recording) return;
        told = await json(`${this.place}/status`);
      }
      if (this.recording !== recording) return;
      if (told.state === "ready") this.ready(this.place);
      else this.fail(told.message);
    } catch (error) { if (this.recording === recording) this.fail(messageOf(error)); }
  }

  /** @param {string} why */
  fail(why) {
    this.bar.hidden = true;
    this.tell(`${this.reason} ${t("No copy could be made: {why}", { why })}${this.recording?.held ? "" : ` ${t("Save the file and open it in another player, VLC for example.")}`}`);
  }

  /** @param {string} words */
  tell(words) {
    this.trouble.hidden = false;
    this.words.textContent = words;
  }
}
