// Speed, captions, steps and keys. Volume, speed and captions last until the browser is closed.

import { around, h } from "./dom.js";
import { t } from "./words.js";

/** @import { Child } from "./types.d.ts" */

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const STEP = 10; // seconds
const KEPT = "eb-player";
// Outlines on a field of 24 × 24: not every computer has these signs in a font.
const SIGNS = {
  before: "M6 5h2v14H6zM20 5v14L9 12z",
  next: "M16 5h2v14h-2zM4 5v14l11-7z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  less: "M4 8l2-2 6 6 6-6 2 2-8 8z",
  apart: "M3 4h18v16H3zM5 6v12h14V6zM11 11h7v6h-7z",
};

/** What lasts until the browser is closed. @typedef {{ volume: number, muted: boolean, speed: number, captions: boolean }} Preferences */

export class Controls {
  /**
   * `beside(by)` plays the next moment (1) or the one before (-1).
   * @param {HTMLElement} element @param {HTMLVideoElement} video @param {(by: number) => unknown} beside
   */
  constructor(element, video, beside) {
    this.video = video;
    this.kept = remembered();
    /** @param {Child} mark @param {string} label @param {() => unknown} act @param {Record<string, string>} [more] */
    const button = (mark, label, act, more = {}) => h("button", {
      type: "button", "aria-label": label, title: label, onclick: act, ...more }, mark);
    this.speed = h("select", { "aria-label": t("Speed"), onchange: (event) => this.setSpeed(Number(event.currentTarget.value)) },
      ...SPEEDS.map((speed) => h("option", { value: speed }, `${speed}×`)));
    this.captions = button("CC", t("Captions"), () => this.setCaptions(!this.kept.captions), { "aria-pressed": "false" });
    this.apart = button(sign("apart"), t("Picture in picture"), () => this.floatApart());
    element.setAttribute("aria-label", t("Playing"));
    element.replaceChildren(
      button(sign("before"), t("Moment before"), () => beside(-1)),
      button("−10", t("Back 10 seconds (J)"), () => this.step(-STEP)),
      button("+10", t("Forward 10 seconds (L)"), () => this.step(STEP)),
      button(sign("next"), t("Next moment"), () => beside(1)),
      this.speed, this.captions, this.apart);
    video.volume = this.kept.volume;
    video.muted = this.kept.muted;
    video.addEventListener("volumechange", () => this.keep({ volume: video.volume, muted: video.muted }));
    video.addEventListener("ratechange", () => { this.speed.value = String(video.playbackRate); });
    video.addEventListener("loadedmetadata", () => this.setSpeed(this.kept.speed));
    video.textTracks.addEventListener("addtrack", () => this.setCaptions(this.kept.captions));
    this.setSpeed(this.kept.speed);
  }

  /** Which of them make sense for what is played. @param {{ pictures: boolean; captions: boolean }} parts */
  suit({ pictures, captions }) {
    this.captions.hidden = !pictures || !captions;
    this.apart.hidden = !pictures || !document.pictureInPictureEnabled;
  }

  /** @param {Partial<Preferences>} what */
  keep(what) {
    Object.assign(this.kept, what);
    try { sessionStorage.setItem(KEPT, JSON.stringify(this.kept)); } catch { /* a browser that keeps nothing */ }
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.video.defaultPlaybackRate = speed;
    this.video.playbackRate = speed;
    this.speed.value = String(speed);
    this.keep({ speed });
  }

  /** @param {boolean} on */
  setCaptions(on) {
    for (const track of this.video.textTracks) track.mode = on ? "showing" : "disabled";
    this.captions.setAttribute("aria-pressed", String(on));
    this.keep({ captions: on });
  }

  /** @param {number} by */
  step(by) {
    const { video } = this;
    video.currentTime = Math.min(Math.max(video.currentTime + by, 0), Number.isFinite(video.duration) ? video.duration : Infinity);
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  async floatApart() {
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else await this.video.requestPictureInPicture();
    } catch { this.apart.hidden = true; }
  }

  /**
   * Keys: J, K and L anywhere but in a text; arrows and space where the player has the focus.
   * @param {KeyboardEvent} event @param {boolean} inPlayer
   */
  key(event, inPlayer) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (around(event, "input, textarea, select, [contenteditable]")) return;
    /** @type {Record<string, (() => void) | undefined>} */
    const letters = { j: () => this.step(-STEP), k: () => this.toggle(), l: () => this.step(STEP) };
    /** @type {typeof letters} */
    const here = { ArrowLeft: letters.j, ArrowRight: letters.l, " ": letters.k };
    const pressed = around(event, "button, a, summary, [role='button']");
    const lines = around(event, ".eb-lines"); // there, arrows go from word to word
    const act = letters[event.key.toLowerCase()] ?? (inPlayer && !lines && !(pressed && event.key === " ") ? here[event.key] : null);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

/** @returns {Preferences} */
function remembered() {
  const usual = { volume: 1, muted: false, speed: 1, captions: false };
  try { return { ...usual, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") }; } catch { return usual; }
}

/** @param {keyof typeof SIGNS} name */
export function sign(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["width", "22"], ["height", "22"], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
  path.setAttribute("d", SIGNS[name]);
  path.setAttribute("fill", "currentColor");
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}
