// Compare: says when the page comes into view.

import { pick, whileShown } from "./dom.js";

/** @param {HTMLElement} _ @param {Trigger} trigger */
export const mount = (_, trigger) => { whileShown(pick(document, "#eb-page-compare"), () => trigger("focus", {})); };
