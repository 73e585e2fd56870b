// The bar below the film: where it is, and, where that is pointed at or touched, what is to be seen.

import { h } from "./dom.js";
import { position } from "./format.js";
import { Hover } from "./storyboard.js";
import { t } from "./words.js";

const THUMB = 16; // pixels of the bar's knob, whose middle shows where the film is

export class Seek {
  /**
   * `playing()` gives the recording and its length in seconds, `seek(at)` goes to a second of it.
   * @param {HTMLElement} element @param {HTMLVideoElement} video
   * @param {() => { id: string, length: number }} playing @param {(at: number) => unknown} seek
   */
  constructor(element, video, playing, seek) {
    this.video = video;
    this.playing = playing;
    this.hover = new Hover();
    this.bar = h("input", { type: "range", min: "0", step: "1", "aria-label": t("Position"),
      oninput: () => { seek(Number(this.bar.value)); this.show(Number(this.bar.value)); },
      onpointermove: (event) => this.point(event), onpointerleave: () => this.hover.hide(),
      onpointerup: (event) => { if (event.pointerType === "touch") this.hover.hide(); },
      onblur: () => this.hover.hide() });
    element.replaceChildren(this.hover.element, this.bar);
    for (const name of ["timeupdate", "seeked", "durationchange"]) video.addEventListener(name, () => this.follow());
  }

  follow() {
    const at = this.video.currentTime;
    this.bar.max = String(Math.max(1, Math.floor(this.playing().length)));
    this.bar.value = String(at);
    this.bar.setAttribute("aria-valuetext", position(at));
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { left, width } = this.bar.getBoundingClientRect();
    const share = (event.clientX - left - THUMB / 2) / Math.max(width - THUMB, 1);
    this.show(Math.min(Math.max(share, 0), 1) * this.playing().length);
  }

  /** @param {number} at */
  show(at) {
    const { id, length } = this.playing();
    this.hover.show(at / length, id, at);
  }
}
