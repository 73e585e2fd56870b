// What narrows a search. Each filter writes its operator into the box, where it can be seen.

import { h, json, messageOf } from "./dom.js";
import { t } from "./words.js";

/** @import { Field, SearchFilters } from "./types.d.ts" */

/** @type {[value: string, label: () => string][]} */
const KINDS = [["", () => t("everywhere")], ["said", () => t("what was said")],
  ["seen", () => t("what was seen")], ["text", () => t("text in view")], ["pictures", () => t("pictures")]];

export class Narrow {
  /** @param {HTMLElement} element @param {(query: string) => unknown} set */
  constructor(element, set) {
    this.element = element;
    this.set = set;
    /** @type {SearchFilters & { trouble?: string }} */
    this.known = { people: [], devices: [], pictures: false, empty: true };
    this.drawn = "";
    this.query = "";
    /** @type {Record<string, Field>} */
    this.fields = {};
  }

  async refresh() {
    /** @type {SearchFilters & { trouble?: string }} */
    const known = await json("/api/search/filters").catch((error) => ({ ...this.known, trouble: messageOf(error) }));
    this.known = known;
    const text = JSON.stringify([known.people, known.devices, known.pictures]);
    if (text === this.drawn) return;
    this.drawn = text;
    this.build();
    this.show(this.query);
  }

  build() {
    const people = [anything(t("anybody")), ...this.known.people.map(named)];
    const devices = [anything(t("any device")), ...this.known.devices.map(named)];
    const kinds = KINDS.filter(([kind]) => kind !== "pictures" || this.known.pictures);
    this.fields = {
      person: choice(people, (value) => this.write("person", value)),
      in: choice(kinds, (value) => this.write("in", value)),
      after: date((value) => this.write("after", value)),
      before: date((value) => this.write("before", value)),
      device: choice(devices, (value) => this.write("device", value)),
    };
    const { person, in: kind, after, before, device } = this.fields;
    this.element.replaceChildren(
      ...(this.known.people.length ? [labelled(t("With"), person)] : []), labelled(t("Look in"), kind),
      labelled(t("From day"), after), labelled(t("Before day"), before),
      ...(this.known.devices.length > 1 ? [labelled(t("Recorded by"), device)] : []));
  }

  /** Shows in the fields what the query says. @param {string} query */
  show(query) {
    this.query = query;
    for (const [name, field] of Object.entries(this.fields)) {
      const value = query.match(clause(name))?.[1]?.replace(/"/g, "") ?? "";
      field.value = value;
      if (field.value !== value) field.value = "";
    }
  }

  /** @param {string} name @param {string} value */
  write(name, value) {
    const rest = this.query.replace(clause(name), " ").replace(/\s+/g, " ").trim();
    const text = value && (/\s/.test(value) ? `${name}:"${value}"` : `${name}:${value}`);
    this.set([rest, text].filter(Boolean).join(" "));
  }

  /** What the page shows before anything is typed. @param {string[]} recent @param {(query: string) => unknown} set */
  lesson(recent, set) {
    if (this.known.trouble) return h("p", { class: "eb-quiet", role: "alert" }, t("The search did not work: {reason}. Try again in a moment.", { reason: this.known.trouble }));
    if (this.known.empty) {
      return h("div", { class: "eb-nothing" }, h("h2", {}, t("Nothing to search yet")),
        h("p", {}, t("Add a recording in the Library. A minute later you can search it here.")),
        h("p", {}, h("a", { href: "#page=library" }, t("Open the Library"))));
    }
    const name = this.known.people[0];
    const examples = [
      [t("keys"), t("a word that was said, seen or read")],
      [t("\"see you on Friday\""), t("exactly these words")],
      [t("said:coffee"), t("only what was said")],
      [t("text:exit"), t("only what was written somewhere in view")],
      [t("yesterday evening"), t("a time in words")],
      [t("after:{first} before:{last}", lastMonth()), t("from one day to another")],
      ...(name ? [[t("person:{name}", { name: /\s/.test(name) ? `"${name}"` : name }), t("when {name} was there", { name })]] : []),
    ];
    return h("div", { class: "eb-lesson" },
      ...(recent.length ? [h("h3", {}, t("Your last searches")), list(recent.map((one) => [one, ""]), set)] : []),
      h("h3", {}, t("Try")), list(examples, set));
  }
}

/** @param {string} name @returns {[value: string, label: () => string]} */
const named = (name) => [name, () => name];

/** @param {string} label @returns {[value: string, label: () => string]} */
const anything = (label) => ["", () => label];

/** The month before this one as an example: its first day, and the first of this month. */
function lastMonth() {
  const now = new Date();
  /** @param {number} month */
  const day = (month) => { // of the wall clock, not of UTC
    const first = new Date(now.getFullYear(), month, 1);
    return `${first.getFullYear()}-${String(first.getMonth() + 1).padStart(2, "0")}-01`;
  };
  return { first: day(now.getMonth() - 1), last: day(now.getMonth()) };
}

/** @param {string[][]} rows @param {(query: string) => unknown} set */
function list(rows, set) {
  return h("ul", { class: "eb-tries" }, ...rows.map(([text, what]) => h("li", {},
    h("button", { type: "button", class: "eb-chip eb-try", onclick: () => set(text) }, text),
    what ? h("span", { class: "eb-facts" }, what) : null)));
}

/** @param {string} name */
function clause(name) {
  return new RegExp(`(?:^|\\s)${name}:("[^"]*"|[^\\s"]*)`);
}

/** @param {[value: string, label: () => string][]} options @param {(value: string) => unknown} chosen */
function choice(options, chosen) {
  return h("select", { onchange: (event) => chosen(event.currentTarget.value) },
    ...options.map(([value, label]) => h("option", { value }, label())));
}

/** @param {(value: string) => unknown} chosen */
function date(chosen) {
  return h("input", { type: "date", min: "1990-01-01", max: "2200-12-31", onchange: (event) => chosen(event.currentTarget.value) });
}

/** @param {string} label @param {Field} field */
function labelled(label, field) {
  return h("label", {}, h("span", {}, label), field);
}
