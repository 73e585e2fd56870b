// People: who is this? Names, merges and splits are done at once and can be taken back.

import { around, focused, h, json, messageOf, pick, pickAll, post, whileShown, wishes } from "./dom.js";
import { Somebody } from "./people_person.js";
import { card, pair } from "./people_cards.js";
import { t } from "./words.js";

/** @import { Child, Everybody, Pair } from "./types.d.ts" */

const PAGE = 24;
const MANY = 12; // people of whom one is looked for by name rather than by scrolling

export class People {
  /** @param {HTMLElement} element */
  constructor(element) {
    /** @param {string} selector */
    const find = (selector) => pick(element, selector);
    this.told = find(".eb-told");
    this.undo = find(".eb-undo");
    this.list = find(".eb-everybody");
    this.drawn = "";
    /** @type {Pair[]} */
    this.pairs = [];
    /** @type {Everybody | null} */
    this.known = null;
    this.from = "";
    this.shown = PAGE;
    this.sought = "";
    this.somebody = new Somebody(find(".eb-somebody"), this);
    pick(element, ".eb-people").setAttribute("aria-label", t("People"));
    pick(this.list, "p").textContent = t("Looking who was there …");
    window.addEventListener("popstate", () => this.follow());
    document.addEventListener("click", (event) => { if (around(event, "#eb-page-people-button")) this.leave(); }, true);
    this.follow();
  }

  async refresh(again = false) {
    if (wishes.person) this.wished(wishes.person);
    if (!again && this.list.contains(focused()) && focused()?.matches("input")) return;
    try {
      const found = await json(`/api/people?limit=${Math.min(this.shown, 60)}`);
      const text = JSON.stringify(found);
      if (!again && text === this.drawn) return;
      this.drawn = text;
      this.known = found;
      this.draw(found);
      if (found.named.length + found.unnamed_total > 1) await this.suggest();
    } catch (error) {
      const told = t("People cannot be shown: {reason}. Try again in a moment.", { reason: messageOf(error) });
      this.list.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, told));
      this.drawn = "";
    }
  }

  /** @param {Everybody} found */
  draw(found) {
    this.offerUndo(found.can_undo);
    if (!found.unnamed_total && !found.named.length) return this.list.replaceChildren(nobody(found.empty));
    this.suggested = h("div", {});
    const typed = this.typed();
    const names = h("datalist", { id: "eb-names" }, ...found.names.map((name) => h("option", { value: name })));
    const more = found.unnamed_total > found.unnamed.length && found.unnamed.length < 60;
    this.list.replaceChildren(names, found.named.length > MANY ? this.finder() : "",
      ...group(t("Who is this?"), t("Say it once, and they are found everywhere: in search, in answers, on the timeline."),
        found.unnamed.map((one) => card(one, this))),
      more ? h("button", { type: "button", class: "eb-plain eb-more", onclick: () => this.showMore() }, t("Show more")) : "",
      this.suggested,
      ...group(t("People you named"), "", found.named.map((one) => card(one, this))));
    this.showPairs();
    this.sift();
    typed();
  }

  /** Remembers what is being typed; the function puts it into the list that was drawn anew. */
  typed() {
    const boxes = () => new Map(pickAll(this.list, ".eb-person").map((person) => [person.dataset.person, person.querySelector("input")]));
    const before = boxes();
    const active = focused();
    return () => {
      for (const [id, box] of boxes()) {
        const old = before.get(id);
        if (box && old && (old.value || old === active)) box.value = old.value;
        if (old && old === active) box?.focus();
      }
    };
  }

  /** Where there are many: a box that leaves those whose name holds what is typed. */
  finder() {
    const box = h("input", { type: "search", class: "eb-people-find", maxlength: 60, autocomplete: "off", placeholder: t("Find somebody by name"), "aria-label": t("Find somebody by name"), value: this.sought });
    box.addEventListener("input", () => { this.sought = box.value; this.sift(); });
    return box;
  }

  sift() {
    const wanted = this.sought.trim().toLowerCase();
    for (const person of pickAll(this.list, ".eb-person")) {
      person.hidden = !person.querySelector("h3")?.textContent.toLowerCase().includes(wanted);
    }
    for (const list of pickAll(this.list, ".eb-faces-list")) {
      list.classList.toggle("eb-none-left", wanted !== "" && !list.querySelector(":scope > li:not([hidden])"));
    }
  }

  showMore() {
    this.shown += PAGE;
    this.refresh(true);
  }

  async suggest() {
    this.pairs = await json("/api/people/suggestions").catch(() => []);
    this.showPairs();
  }

  showPairs() {
    this.suggested?.replaceChildren(...group(t("Are these the same person?"), "",
      this.pairs.map((one) => pair(one, this))));
  }

  /** @param {boolean} can */
  offerUndo(can) {
    this.undo.hidden = !can;
    this.undo.replaceChildren(h("button", {
      type: "button", class: "eb-plain", onclick: () => this.change("undo", {}, t("The last change was taken back.")),
    }, t("Undo the last change")));
  }

  /**
   * Does something about people, tells it, and shows everybody anew. Returns whether it was done.
   * @param {string} what @param {unknown} value @param {string} told
   */
  async change(what, value, told) {
    this.say(t("Working …"));
    const shown = this.somebody.id;
    try {
      const done = await post(`/api/people/${what}`, value);
      const more = done.captions ? ` ${done.captions === 1 ? t("The description of 1 moment now says so.") : t("Descriptions of {count} moments now say so.", { count: done.captions })}` : "";
      this.say(told + more);
      await this.refresh(true);
      await this.somebody.again(done.person?.id, shown);
      return true;
    } catch (error) {
      this.say(messageOf(error), true);
      return false;
    }
  }

  /** @param {string} words */
  say(words, trouble = false) {
    this.told.textContent = words;
    this.told.classList.toggle("eb-told-trouble", trouble);
  }

  /** Opens somebody; the address names them, so that Back returns to everybody. @param {string} id */
  async open(id, anew = true) {
    this.say("");
    this.from = id;
    if (!(await this.somebody.open(id))) return;
    this.list.hidden = true;
    const place = `/#page=people/${encodeURIComponent(this.somebody.id)}`;
    if (location.hash !== place.slice(1)) history[anew ? "pushState" : "replaceState"](anew ? { eb: "person" } : null, "", place);
  }

  /** Shows whom the address names, or everybody. */
  follow() {
    const [, id] = location.hash.match(/^#page=people\/(.+)$/) ?? [];
    if (id && decodeURIComponent(id) !== this.somebody.id) this.open(decodeURIComponent(id), false);
    else if (!id && this.somebody.id && location.hash === "#page=people") this.back();
  }

  /** From somebody to everybody, the way they were come by. */
  leave() {
    if (!this.somebody.id) return;
    if (history.state?.eb === "person") return history.back();
    this.back();
  }

  /** Somebody whom another page named. @param {string} who */
  wished(who) {
    delete wishes.person;
    this.open(who, false);
  }

  back() {
    if (location.hash.startsWith("#page=people/")) history.replaceState(null, "", "/#page=people");
    this.list.hidden = false;
    this.somebody.close();
    pickAll(this.list, `[data-person="${CSS.escape(this.from)}"] .eb-about`)[0]?.focus();
  }
}

/** @param {string} title @param {string} words @param {Child[]} cards */
function group(title, words, cards) {
  if (!cards.length) return [];
  return [h("h2", {}, title), words ? h("p", { class: "eb-facts" }, words) : "", h("ul", { class: "eb-faces-list" }, ...cards)];
}

/** @param {boolean} empty */
function nobody(empty) {
  return h("div", { class: "eb-nothing" },
    h("h2", {}, t("Nobody here yet")),
    h("p", {}, empty
      ? t("When you add recordings, the faces and voices in them are gathered here, and you say who they are.")
      : t("No face or voice was seen or heard clearly enough yet. More recordings help.")),
    h("p", {}, h("a", { href: "#page=library" }, t("Open the Library"))));
}

/** @param {HTMLElement} element */
export function mount(element) {
  const people = new People(element);
  whileShown(element, () => people.refresh(), () => 20000);
}
