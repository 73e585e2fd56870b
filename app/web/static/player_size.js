// On a phone: a bar between the page and its menu, which opens to the whole player and goes back.

import { pick } from "./dom.js";
import { sign } from "./player_controls.js";
import { t } from "./words.js";

const BESIDE = window.matchMedia("(min-width: 861px)"); // there is room beside the page

export class Size {
  /** `toggle()` pauses, or goes on. @param {HTMLElement} element @param {HTMLVideoElement} video @param {() => unknown} toggle */
  constructor(element, video, toggle) {
    this.element = pick(element, ".eb-player");
    this.video = video;
    this.wider = pick(element, ".eb-wider");
    this.pause = pick(element, ".eb-hold");
    this.scrolled = 0; // where the page was when it opened
    this.wider.addEventListener("click", () => this.open(!this.wide));
    this.pause.addEventListener("click", toggle);
    for (const name of ["play", "pause"]) video.addEventListener(name, () => this.mark());
    BESIDE.addEventListener("change", () => this.set(this.wide));
    this.set(false);
    this.mark();
  }

  get wide() {
    return this.element.classList.contains("eb-wide");
  }

  /** @param {boolean} wide */
  open(wide) {
    if (wide) this.scrolled = window.scrollY;
    this.set(wide);
    window.scrollTo(0, wide ? 0 : this.scrolled);
  }

  /** @param {boolean} wide */
  set(wide) {
    this.element.classList.toggle("eb-wide", wide);
    this.wider.setAttribute("aria-expanded", String(wide));
    this.wider.setAttribute("aria-label", wide ? t("Smaller player") : t("Larger player"));
    this.wider.replaceChildren(...(wide ? [sign("less")] : []));
    this.video.controls = wide || BESIDE.matches; // the bar has its own
  }

  mark() {
    this.pause.setAttribute("aria-label", this.video.paused ? t("Play") : t("Pause"));
    this.pause.replaceChildren(sign(this.video.paused ? "play" : "pause"));
  }
}
