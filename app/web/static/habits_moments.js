// The moments behind a bar: a list that plays them, and opens them in the timeline.

import { focused, h, json, messageOf, queryOf } from "./dom.js";
import { play } from "./player.js";
import { inTimeline } from "./ways.js";
import { t } from "./words.js";

/** @import { HabitMoment, HabitsReply } from "./types.d.ts" */

export class MomentList {
  /** `found` is the range that the charts show. @param {HabitsReply} found */
  constructor(found) {
    this.found = found;
    this.element = h("section", { class: "eb-behind", hidden: true, tabindex: "-1", "aria-label": t("Moments") });
  }

  /** @param {Record<string, string | number>} asked @param {string} title */
  async show(asked, title) {
    const list = h("ul", { class: "eb-behind-list" });
    const more = h("button", { type: "button", class: "eb-choice", hidden: true }, t("Show more"));
    const note = h("p", { class: "eb-quiet", role: "status" }, t("Looking for the moments …"));
    const from = focused();
    const close = () => { this.element.hidden = true; from?.focus(); };
    this.element.replaceChildren(
      h("div", { class: "eb-row-head" }, h("h2", {}, title),
        h("button", { type: "button", class: "eb-link", onclick: close }, t("Close"))),
      note, list, more);
    this.element.hidden = false;
    this.element.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
    this.element.onkeydown = (event) => { if (event.key === "Escape") close(); };
    more.onclick = () => this.fill(asked, list, more, note);
    await this.fill(asked, list, more, note);
  }

  /** @param {Record<string, string | number>} asked @param {HTMLElement} list @param {HTMLButtonElement} more @param {HTMLElement} note */
  async fill(asked, list, more, note) {
    const query = queryOf({ from: this.found.from, to: this.found.to, offset: list.childElementCount, ...asked });
    try {
      const page = await json(`/api/habits/moments?${query}`);
      list.append(...page.moments.map(moment));
      note.textContent = page.total === 1 ? t("1 moment") : t("{n} moments", { n: page.total });
      more.hidden = !page.left;
    } catch (error) {
      note.textContent = t("The moments cannot be shown: {why}", { why: messageOf(error) });
    }
  }
}

/** @param {HabitMoment} one */
function moment(one) {
  const start = () => play({ recording: one.recording, start: one.start, words: one.caption });
  return h("li", { class: "eb-behind-one" },
    h("button", { type: "button", class: "eb-behind-play", "aria-label": t("Play {when}", { when: one.when }), onclick: start },
      one.picture ? h("img", { src: one.picture, alt: "", loading: "lazy", decoding: "async" }) : h("span", { "aria-hidden": "true" }, "▶")),
    h("div", {}, h("strong", {}, one.when), " ", h("span", { class: "eb-facts" }, one.length),
      h("p", {}, one.caption || t("Still being indexed …")),
      inTimeline(one)));
}
