// Galleries of Gradio, whose pictures are numbered ("Thumbnail 1 of 12") where they have words.

import { pickAll } from "./dom.js";

/** Names pictures by the words under them; those that can be ticked say whether they are. @param {ParentNode} page @param {string} ticked */
export function namePictures(page, ticked) {
  for (const picture of pickAll(page, ".thumbnail-item")) {
    const words = picture.innerText.replaceAll("\n", ", ");
    put(picture, "aria-label", words.replace("✓ ", ""));
    if (picture.closest(ticked)) put(picture, "aria-pressed", String(words.startsWith("✓")));
    for (const image of picture.querySelectorAll("img")) put(image, "alt", "");
  }
}

/** @param {Element} element @param {string} attribute @param {string} value */
function put(element, attribute, value) {
  if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
}
