// A copy that this browser can play, of a recording that it cannot: asked for, waited for, played.

import { json, messageOf, pick, post } from "./dom.js";
import { t } from "./words.js";

/** @import { Recording } from "./types.d.ts" */

const LOOK = 700; // ms between two looks at how far it is
const AT_ONCE = 900; // seconds of recording up to which nobody is asked whether it is to be made

export class Proxy {
  /**
   * `ready(address)` is called when there is a copy to play.
   * @param {HTMLElement} trouble @param {HTMLVideoElement} video @param {(address: string) => unknown} ready
   */
  constructor(trouble, video, ready) {
    this.trouble = trouble;
    this.video = video;
    this.ready = ready;
    pick(trouble, ".eb-make").addEventListener("click", () => { if (this.recording) this.need(this.recording, true); });
    /** @type {Recording | null} */
    this.recording = null;
  }

  /** Stops waiting; what is being made goes on. */
  leave() {
    this.recording = null;
    this.trouble.hidden = true;
  }

  /** Looks for a copy of a recording that does not play, or has one made. @param {Recording} recording */
  async need(recording, asked = recording.duration <= AT_ONCE) {
    this.recording = recording;
    const place = /** @type {const} */ (`/media/${encodeURIComponent(recording.id)}/proxy`);
    const format = this.video.canPlayType('video/mp4; codecs="avc1.64001f, mp4a.40.2"') ? "mp4" : "webm";
    /** @param {string} words @param {{ share?: number, asks?: boolean }} [more] */
    const tell = (words, more) => { if (this.recording === recording) this.tell(`${recording.trouble} ${words}`, more); };
    tell("");
    try {
      let told = await json(`${place}/status`);
      if (told.state === "none" && !asked) {
        return tell(t("A copy that it can play takes a while to be made, as this one is long."), { asks: true });
      }
      if (told.state !== "ready") told = await post(place, { format });
      while (this.recording === recording && ["waiting", "making"].includes(told.state)) {
        tell(t("A copy that plays here is being made: {percent} %.", { percent: Math.round(100 * told.share) }), told);
        await new Promise((done) => { setTimeout(done, LOOK); });
        told = await json(`${place}/status`);
      }
      if (told.state !== "ready") throw new Error(told.message);
      if (this.recording === recording) this.ready(place);
    } catch (error) {
      const why = t("No copy could be made: {why}", { why: messageOf(error) });
      tell(recording.held ? why : `${why} ${t("Save the file and open it in another player, VLC for example.")}`);
    }
  }

  /** `share` is of the copy that is made, `asks` whether one is to be. @param {string} words @param {{ share?: number, asks?: boolean }} [more] */
  tell(words, { share, asks = false } = {}) {
    this.trouble.hidden = false;
    const bar = pick(this.trouble, "progress", HTMLProgressElement);
    bar.hidden = share === undefined;
    bar.value = share ?? 0;
    pick(this.trouble, "p").textContent = words;
    pick(this.trouble, ".eb-make").hidden = !asks;
  }
}
