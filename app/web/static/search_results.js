// A moment as a card of the page People.

import { h } from "./dom.js";
import { picture } from "./timeline_hours.js";
import { inTimeline } from "./ways.js";
import { t } from "./words.js";

/** @import { Pieces, SearchMoment } from "./types.d.ts" */

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
