// What a search found: chips, cards, and what to do where nothing was found.

import { h } from "./dom.js";
import { picture } from "./timeline_hours.js";
import { inTimeline } from "./ways.js";
import { t } from "./words.js";

/** @import { Pieces, SearchMoment, SearchResults } from "./types.d.ts" */

const WHY = {
  said: () => t("said"), text: () => t("text in view"), seen: () => t("seen"),
  looks: () => t("looks like"), means: () => t("means"), person: () => t("with"),
};

/** Text with its marked words; every piece becomes a text node. @param {Pieces} pieces */
export function marked(pieces) {
  return pieces.map(([text, marks]) => (marks ? h("mark", {}, text) : document.createTextNode(text)));
}

/** One moment as a card. @param {SearchMoment & { clock?: string }} moment @param {() => unknown} onclick */
export function hit(moment, onclick) {
  const quotes = moment.quotes.map(({ kind, who, pieces }) => h("span", { class: "eb-hit-quote" },
    who ? h("b", {}, `${who}: `) : null,
    kind === "text" ? h("span", { class: "eb-sign" }, ...marked(pieces)) : h("q", {}, ...marked(pieces))));
  const why = moment.why.map((one) => h("span", { class: `eb-why eb-why-${one}` }, WHY[one]()));
  const caption = moment.indexed ? marked(moment.caption) : [t("Still being indexed …")];
  return h("li", {},
    h("button", { type: "button", class: "eb-hit", "data-clip": moment.clip, onclick },
      h("span", { class: "eb-picture" }, picture(moment), h("time", {}, moment.time)),
      h("span", { class: "eb-hit-words" },
        h("span", { class: "eb-whys" }, ...why), ...quotes,
        h("span", { class: "eb-hit-caption" }, ...caption))),
    inTimeline({ day: moment.day, time: moment.clock ?? moment.time }));
}

/**
 * What the query was understood as; a press takes one of it away.
 * @param {SearchResults} found @param {(query: string) => unknown} set @param {() => unknown} plain
 */
export function chips(found, set, plain) {
  const made = found.chips.map(({ label, value, rest, strange }) => chip(`${label}: ${value}`, () => set(rest), strange));
  if (found.time) made.push(chip(t("time: {label}", { label: found.time.label }), plain));
  return made;
}

/** @param {string} label @param {() => unknown} onclick */
function chip(label, onclick, strange = false) {
  return h("button", {
    type: "button", class: strange ? "eb-chip eb-chip-strange" : "eb-chip", onclick,
    "aria-label": t("Remove {label}", { label }),
  }, label, h("span", { "aria-hidden": "true" }, " ×"));
}

/** @param {SearchResults} found */
export function notes(found) {
  return found.notes.map((note) => h("p", { class: "eb-note", role: "alert" }, note));
}

/** Where nothing was found: what may help, by what was asked. @param {SearchResults} found @param {(query: string) => unknown} set @param {() => unknown} nearest */
export function empty(found, set, nearest) {
  const less = found.chips.map(({ label, value, rest }) => h("li", {},
    h("button", { type: "button", class: "eb-link eb-try", onclick: () => set(rest) },
      t("Search without “{label}: {value}”", { label, value }))));
  const closest = h("button", { type: "button", class: "eb-link eb-try", onclick: nearest }, t("Show what comes closest in meaning"));
  const why = found.notes.length > 0; // the notes say it, and what to do
  return [h("div", { class: "eb-nothing" },
    why ? null : h("h2", {}, found.unlike ? t("Nothing like it was found") : t("Nothing was found")),
    why ? null : h("p", {}, t("Try fewer or other words: what was said, what was in view, or who was there.")),
    h("ul", { class: "eb-tries" }, found.unlike ? h("li", {}, closest) : null, ...less))];
}
