// The picture of any second of a recording, which the server cuts out of its storyboard.

import { h } from "./dom.js";
import { position } from "./format.js";

/**
 * Shows a second of a recording; of those that come while a picture is on its way, only the last.
 * @param {HTMLImageElement} image @param {string} recording @param {number} at
 */
export function show(image, recording, at) {
  const address = `/thumbnails/${encodeURIComponent(recording)}/at/${Math.floor(at)}`;
  /** @param {Event} event */
  const turn = ({ type }) => {
    image.hidden = type === "error"; // there is no picture of that second
    if (image.getAttribute("src") !== address) image.src = address;
  };
  Object.assign(image, { onload: turn, onerror: turn });
  if (image.complete && image.getAttribute("src") !== address) image.src = address;
}

/** A picture, where there is one, with its time that floats above a bar, where that is pointed at. */
export class Hover {
  constructor() {
    this.image = h("img", { alt: "" });
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
