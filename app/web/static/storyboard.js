// The picture of any second of a recording, which the server cuts out of its storyboard.

import { h } from "./dom.js";
import { position } from "./format.js";

/** An image for `show`, hidden where there is no picture of what it shows. @param {string} [kind] its class */
export function instant(kind) {
  const image = h("img", { class: kind, alt: "", hidden: true });
  for (const event of ["load", "error"]) {
    image.addEventListener(event, () => {
      image.hidden = event === "error";
      request(image);
    });
  }
  return image;
}

/** Shows a second of a recording; of what comes while a picture is on its way, only the last. @param {HTMLImageElement} image @param {string} recording @param {number} at */
export function show(image, recording, at) {
  image.dataset.next = `/thumbnails/${encodeURIComponent(recording)}/at/${Math.floor(at)}`;
  if (image.complete) request(image);
}

/** @param {HTMLImageElement} image */
function request(image) {
  const { next = "" } = image.dataset;
  if (image.getAttribute("src") !== next) image.src = next;
}

/** A picture with its time that floats above a bar, where that is pointed at. */
export class Hover {
  constructor() {
    this.image = instant();
    this.time = h("span");
    this.element = h("div", { class: "eb-hover", "aria-hidden": "true", hidden: true }, this.image, this.time);
  }

  /** @param {number} share of the bar, from its left end @param {string} recording @param {number} at */
  show(share, recording, at) {
    this.element.style.setProperty("--share", String(share));
    this.time.textContent = position(at);
    show(this.image, recording, at);
    this.element.hidden = false;
  }

  hide() {
    this.element.hidden = true;
  }
}
