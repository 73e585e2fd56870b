// Finding a recording among thousands: by name, day or device, by state, page by page.

import { h, queryOf } from "./dom.js";
import { t } from "./words.js";

/** @import { LibraryPage } from "./types.d.ts" */

const FEW = 8; // recordings that need no search
const PATIENCE = 300; // ms after the last letter

export class Find {
  /** `place` holds the fields; `changed` is called when something else is looked for. @param {HTMLElement} place @param {() => unknown} changed */
  constructor(place, changed) {
    this.changed = changed;
    this.offset = 0;
    this.words = h("input", { type: "search", maxlength: 200, placeholder: t("Name, day (2026-03) or camera"), "aria-label": t("Find a recording"), oninput: () => this.later() });
    this.status = h("select", { "aria-label": t("Which recordings"), onchange: () => this.anew() },
      ...[["", t("All")], ["ready", t("Ready")], ["partial", t("Readable in part")], ["undated", t("Date unknown")]].map(([value, words]) => h("option", { value }, words)));
    this.element = h("div", { class: "eb-find-fields", role: "search", hidden: true }, this.words, this.status);
    place.append(this.element);
  }

  get asks() {
    return Boolean(this.words.value.trim() || this.status.value);
  }

  query() {
    return queryOf({ words: this.words.value.trim(), status: this.status.value, offset: this.offset });
  }

  /** @param {LibraryPage} page */
  found({ counts, offset }) {
    if (counts.all > FEW || counts.undated || this.asks) this.element.hidden = false;
    if (offset && offset >= counts.there) this.turn(0); // the last of that page was deleted
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.anew(), PATIENCE);
  }

  anew() {
    this.offset = 0;
    this.changed();
  }

  /** @param {number} offset */
  turn(offset) {
    this.offset = Math.max(0, offset);
    this.changed();
  }

  /** The way to newer and older recordings, where not all are shown. @param {LibraryPage} page @param {number} shown */
  pages({ counts, offset, limit }, shown) {
    if (counts.there <= shown) return "";
    /** @param {string} words @param {number} to @param {string} key */
    const step = (words, to, key) => h("button", { type: "button", class: "eb-link", "data-key": key, onclick: () => this.turn(to) }, words);
    return h("nav", { class: "eb-group", "aria-label": t("Pages of recordings") },
      offset > 0 ? step(t("Newer"), offset - limit, "newer") : "",
      h("span", { class: "eb-facts" }, t("{first}–{last} of {all}", { first: offset + 1, last: offset + shown, all: counts.there })),
      offset + shown < counts.there ? step(t("Older"), offset + limit, "older") : "");
  }
}
