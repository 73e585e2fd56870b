// One person: when you met, what you did, and which samples are somebody else's.

import { h, json, messageOf, openPage, pick, wishes } from "./dom.js";
import { facts, naming, sample } from "./people_cards.js";
import { dayShort } from "./format.js";
import { play } from "./player.js";
import { hit } from "./search_results.js";
import { toPrivacy, way } from "./ways.js";
import { t } from "./words.js";

/** @import { Child, Companion, Occasion, PersonCard, PersonPage, Sample, SearchMoment, Week } from "./types.d.ts" */

/** @import { People } from "./people.js" */

export class Somebody {
  /** @param {HTMLElement} element @param {People} people */
  constructor(element, people) {
    this.element = element;
    this.people = people;
    this.id = "";
    this.turn = 0;
  }

  /** Shows a person; false where they are not to be had, or somebody went elsewhere meanwhile. @param {string} id */
  async open(id, focus = true) {
    const turn = ++this.turn;
    try {
      const found = await json(`/api/people/${encodeURIComponent(id)}`);
      if (turn !== this.turn) return false;
      this.id = id;
      this.element.hidden = false;
      this.element.replaceChildren(...this.page(found));
      if (focus) pick(this.element, ".eb-back").focus();
      return true;
    } catch (error) {
      if (turn === this.turn) this.people.say(messageOf(error), true);
      return false;
    }
  }

  /** Shows the person anew after a change; one who is gone is left. @param {string | undefined} id @param {string} shown */
  async again(id, shown) {
    if (!this.id || this.id !== shown) return; // left meanwhile, or somebody else is looked at
    const turn = this.turn + 1;
    if (id && (await this.open(id, false))) return;
    if (!id || turn === this.turn) this.people.back();
  }

  close() {
    this.turn++;
    this.id = "";
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** @param {PersonPage} page */
  page({ person, samples, weeks, beside, activities, occasions, moments, moments_total: total, search }) {
    return [
      h("button", { type: "button", class: "eb-plain eb-back", onclick: () => this.people.leave() }, t("‹ Everybody")),
      h("header", { class: "eb-person-head" },
        h("h2", {}, person.label), person.me ? h("span", { class: "eb-badge" }, t("you")) : null,
        h("p", { class: "eb-facts" }, facts(person))),
      naming(person, this.people),
      this.samples(person, samples),
      this.tools(person),
      ...part(t("Minutes together, week by week"), weeks.length ? bars(weeks) : null),
      ...part(t("What you did together"), activities.length ? chips(activities.map(({ what, times }) => `${what} × ${times}`)) : null),
      ...part(t("Told of them"), occasions.length ? h("ul", { class: "eb-occasions" }, ...occasions.map(occasion)) : null),
      ...part(t("Who else was there"), beside.length ? h("div", { class: "eb-chips" }, ...beside.map((one) => this.other(one))) : null),
      ...part(t("Moments"), moments.length ? h("div", { class: "eb-found-day" }, h("ol", {}, ...moments.map((one) => hit(named(one), () => start(one))))) : null),
      total > moments.length ? h("button", { type: "button", class: "eb-plain eb-more", onclick: () => find(search) },
        t("All {count} moments", { count: total })) : "",
      this.forget(person),
    ];
  }

  /** The samples, each with a box to be ticked where it is somebody else. @param {PersonCard} person @param {Sample[]} samples */
  samples(person, samples) {
    const chosen = new Set();
    const button = h("button", { type: "submit", class: "eb-plain", disabled: true }, t("These are somebody else"));
    const boxes = samples.map((one) => {
      const box = h("input", { type: "checkbox", "aria-label": t("Somebody else: {kind}, {when}", { kind: one.kind === "face" ? t("face") : t("voice"), when: one.when }) });
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(one.id);
        else chosen.delete(one.id);
        button.disabled = !chosen.size || chosen.size === samples.length;
      });
      return h("label", { class: "eb-sample" }, sample(one), h("span", { class: "eb-facts" }, box, " ", one.when));
    });
    const form = h("form", { class: "eb-split" },
      h("h3", {}, t("Faces and voices")),
      samples.length > 1 ? h("p", { class: "eb-facts" }, t("Is one of them somebody else? Tick it.")) : null,
      h("div", { class: "eb-samples" }, ...boxes), samples.length > 1 ? button : null);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.people.change("split", { person: person.id, prints: [...chosen] }, t("They are two people now. Say who the other one is."));
    });
    return samples.length ? form : "";
  }

  /** @param {PersonCard} person */
  tools(person) {
    const others = [...this.people.known?.named ?? [], ...this.people.known?.unnamed ?? []].filter(({ id }) => id !== person.id);
    const choice = h("select", { "aria-label": t("Who is the same person as {label}?", { label: person.label }) },
      h("option", { value: "" }, t("Choose …")), ...others.map(({ id, label }) => h("option", { value: id }, label)));
    const merge = () => {
      const other = others.find(({ id }) => id === choice.value);
      if (!other) return choice.focus();
      const told = t("{one} and {two} are one person now.", { one: person.label, two: other.label });
      return this.people.change("merge", { into: person.id, others: [other.id] }, told);
    };
    const me = () => this.people.change("me", { person: person.id, me: !person.me },
      person.me ? t("Somebody else wears the camera.") : t("Good: this is you."));
    return h("div", { class: "eb-person-tools" },
      others.length ? h("span", { class: "eb-merge" }, h("span", {}, t("The same person as")), choice,
        h("button", { type: "button", class: "eb-plain", onclick: merge }, t("Merge"))) : null,
      h("button", { type: "button", class: "eb-plain", "aria-pressed": String(person.me), onclick: me },
        person.me ? t("This is not me") : t("This is me")));
  }

  /** @param {Companion} companion */
  other({ id, label, length }) {
    return h("button", { type: "button", class: "eb-chip", onclick: () => this.people.open(id) }, `${label} · ${length}`);
  }

  /** Two steps: it cannot be undone. @param {PersonCard} person */
  forget(person) {
    const place = h("div", { class: "eb-forget" });
    const ask = () => {
      const sure = h("button", { type: "button", class: "eb-danger", onclick: () => this.people.change("forget", { person: person.id, sure: true },
        t("Forgotten. Faces and voices are nobody’s again.")) }, t("Forget {label} for good", { label: person.label }));
      place.replaceChildren(
        h("p", {}, t("This deletes what {label} is recognised by, and the name. The recordings stay. It cannot be undone.", { label: person.label })),
        h("div", { class: "eb-buttons" }, sure, h("button", { type: "button", class: "eb-plain", onclick: first }, t("Keep"))));
      sure.focus();
    };
    const first = () => place.replaceChildren(
      h("button", { type: "button", class: "eb-plain", onclick: ask }, t("Forget this person …")), " ",
      way(t("Forget every moment with them …"), () => toPrivacy({ kind: "person", name: person.name || String(person.number), moments: true })));
    first();
    return place;
  }
}

/** @param {string} title @param {Child} content */
function part(title, content) {
  return content ? [h("h3", {}, title), content] : [];
}

/** @param {string[]} words */
function chips(words) {
  return h("div", { class: "eb-chips" }, ...words.map((word) => h("span", { class: "eb-what" }, word)));
}

/** A bar for each week; a press shows its moments on the timeline. @param {Week[]} weeks */
function bars(weeks) {
  const most = Math.max(...weeks.map(({ minutes }) => minutes), 1);
  return h("ul", { class: "eb-weeks" }, ...weeks.map(({ monday, label, minutes, length }) => {
    const bar = h("span", { class: "eb-week-bar" });
    bar.style.width = `${(100 * minutes) / most}%`;
    return h("li", { "data-monday": monday }, h("span", {}, label), h("span", { class: "eb-week-room" }, bar), h("span", {}, length));
  }));
}

/** @param {Occasion} occasion */
function occasion({ recording, seek, when, quote }) {
  return h("li", {}, h("button", { type: "button", class: "eb-plain", onclick: () => play({ recording, start: seek, words: quote }) }, `▶ ${when}`), " ", quote);
}

/** @param {SearchMoment} moment */
function named(moment) {
  return { ...moment, why: [], clock: moment.time, time: `${dayShort(moment.day)} ${moment.time.slice(0, 5)}` };
}

/** @param {SearchMoment} moment */
function start(moment) {
  play({ recording: moment.recording, start: moment.seek, words: moment.caption.map(([text]) => text).join("") });
}

/** @param {string} query */
function find(query) {
  wishes.search = query;
  openPage("search");
}
