// The digest of a day: what happened, who with, what was promised, what is unfinished.

import { disable, h, json, messageOf } from "./dom.js";
import { play } from "./player.js";
import { inTimeline, toPerson, way } from "./ways.js";
import { t } from "./words.js";

/** @import { Amount, Child, DigestLine, DigestReply, PromiseLine } from "./types.d.ts" */

class Digest {
  constructor() {
    /** @type {string[]} */
    this.days = [];
    this.input = h("input", { type: "date", "aria-label": t("Day"), min: "1900-01-01", max: "2200-12-31", onchange: (event) => this.show(event.currentTarget.value) });
    this.earlier = step("‹", t("Earlier day with recordings"), () => this.move(-1));
    this.later = step("›", t("Later day with recordings"), () => this.move(1));
    this.body = h("div", { class: "eb-digest", "aria-live": "polite" });
    this.element = h("div", {}, h("nav", { class: "eb-digest-days", "aria-label": t("Day") }, this.earlier, this.input, this.later), this.body);
  }

  /** @param {string} [day] */
  async refresh(day) {
    try {
      this.days = (await json("/api/days")) ?? [];
    } catch {
      this.days = [];
    }
    await this.show(day || this.input.value || this.days.at(-1) || new Date().toISOString().slice(0, 10));
  }

  /** @param {number} by */
  move(by) {
    const others = this.days.filter((day) => (by < 0 ? day < this.input.value : day > this.input.value));
    const next = by < 0 ? others.at(-1) : others[0];
    if (next) this.show(next);
  }

  /** @param {string} day */
  async show(day) {
    if (!day) return;
    this.input.value = day;
    if (this.element.offsetParent) history.replaceState(history.state, "", `/#digest=${day}`); // a reload comes back to it
    disable(this.earlier, !this.days.some((one) => one < day), this.input);
    disable(this.later, !this.days.some((one) => one > day), this.input);
    try {
      const found = await json(`/api/digest/${encodeURIComponent(day)}`);
      if (this.input.value === day) this.body.replaceChildren(...page(found));
    } catch (error) {
      this.body.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, t("The digest cannot be shown: {why}", { why: messageOf(error) })));
    }
  }
}

/** @param {DigestReply} found */
function page(found) {
  const files = h("p", { class: "eb-digest-files" },
    link(`/api/digest/${found.day}.md`, t("Save as Markdown"), true),
    link(`/api/digest/${found.day}.ics`, t("Save for the calendar"), true),
    link("/api/digest/promises.ics", t("All promises with a date"), false));
  const head = [h("h2", {}, found.title), h("p", { class: "eb-facts" }, found.facts.join(" · ")), h("p", { class: "eb-facts" }, found.waiting)];
  if (found.empty) return [...head, nothing(), files];
  return [
    ...head,
    h("p", { class: "eb-digest-summary" }, found.summary),
    section(t("What happened"), found.hours.map((line) => item(line, line.text))),
    section(t("Who with"), found.people.map(somebody)),
    section(t("Done"), found.activities.map(amount)),
    section(t("Places"), found.places.map(amount)),
    section(t("Promised"), found.promised.map(promise), t("As far as what was said tells.")),
    section(t("Still unfinished"), found.unfinished.map(promise), t("From earlier days, not told to be done by the end of this one.")),
    files,
  ];
}

function nothing() {
  return h("p", { class: "eb-quiet" }, t("A day with recordings shows here what happened, whom you met, and what was promised. Choose another day above, or add recordings."), " ",
    h("a", { href: "#page=library" }, t("Open the Library")));
}

/** @param {string} title @param {Child[]} items */
function section(title, items, note = "") {
  if (!items.length) return "";
  return h("section", { class: "eb-digest-part", "aria-label": title }, h("h3", {}, title), note ? h("p", { class: "eb-facts" }, note) : null, h("ul", {}, ...items));
}

/** A line with the time that plays it. @param {DigestLine} line @param {...Child} words */
function item(line, ...words) {
  return h("li", {}, time(line), h("div", {}, h("p", {}, ...words), line.recording ? inTimeline(line) : null));
}

/** How long or how often, and the first time of it. @param {Amount} one */
function amount(one) {
  return h("li", {}, time(one), h("div", {}, h("p", {}, h("strong", {}, one.label), " ", h("span", { class: "eb-facts" }, one.amount))));
}

/** The same of a person, which leads to them. @param {Amount} one */
function somebody(one) {
  const name = way(one.label, () => toPerson(one.label), t("About {name}", { name: one.label }));
  return h("li", {}, time(one), h("div", {}, h("p", {}, name, " ", h("span", { class: "eb-facts" }, one.amount))));
}

/** @param {DigestLine | Amount} line */
function time(line) {
  if (!line.recording) return h("span");
  const start = () => play({ recording: line.recording, start: line.start, words: "text" in line ? line.text : line.label });
  return h("button", { type: "button", class: "eb-time", "aria-label": t("Play {when}", { when: line.time }), onclick: start }, `▶ ${line.time}`);
}

/** @param {PromiseLine} one */
function promise(one) {
  const state = one.done ? h("span", { class: "eb-badge" }, t("Done, it seems")) : one.due ? h("span", { class: one.late ? "eb-badge eb-late" : "eb-badge" }, one.due) : "";
  return item(one, `${one.who}: “${one.text}” `, state);
}

/** @param {string} sign @param {string} label @param {() => unknown} onclick */
const step = (sign, label, onclick) => h("button", { type: "button", class: "eb-step", "aria-label": label, onclick }, sign);
/** @param {string} href @param {string} words @param {boolean} download */
const link = (href, words, download) => h("a", { href, class: "eb-button", download }, words);

export function digestView() {
  return new Digest();
}
