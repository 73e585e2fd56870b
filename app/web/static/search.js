// Search: what is typed is looked for at once; results are moments that a click plays.

import { h, json, messageOf, openPage, pick, pickAll, queryOf, whileShown, wishes } from "./dom.js";
import { dayWords } from "./format.js";
import { play } from "./player.js";
import { Narrow } from "./search_filters.js";
import { chips, empty, hit, notes } from "./search_results.js";
import { t } from "./words.js";

/** @import { SearchMoment, SearchResults } from "./types.d.ts" */

const PAUSE = 220; // ms without a key before a search begins
const PAGE = 24;
const LONGEST = 500;

class Search {
  /** @param {HTMLElement} element */
  constructor(element) {
    /** @param {string} selector */
    const find = (selector) => pick(element, selector);
    this.narrow = new Narrow(find(".eb-narrow"), (text) => this.set(text));
    this.chips = find(".eb-chips");
    this.told = find(".eb-find-told");
    this.found = find(".eb-found");
    /** @type {string[]} */
    this.recent = []; // in this page's memory alone
    this.literal = false;
    this.nearest = false;
    this.timer = 0;
    /** @type {AbortController | null} */
    this.asked = null;
    this.at = 0; // when the search was made
    this.typing = false;
    /** The list of each day. @type {Map<string, HTMLElement>} */
    this.days = new Map();
    this.box = h("input", {
      type: "search", class: "eb-find-words", maxlength: LONGEST, autocomplete: "off", spellcheck: "false",
      placeholder: t("Words, a name, a sign, a day …"), "aria-label": t("Search your moments"),
      oninput: () => this.typed(), onkeydown: (event) => this.key(event),
    });
    this.more = h("button", {
      type: "button", class: "eb-plain", "aria-expanded": "false", onclick: () => this.toggle(),
    }, t("Filters"));
    this.sort = h("select", { class: "eb-plain", "aria-label": t("Order"), onchange: () => this.go() },
      h("option", { value: "best" }, t("Best first")),
      h("option", { value: "newest" }, t("Newest first")),
      h("option", { value: "oldest" }, t("Oldest first")));
    this.build(find(".eb-find"));
    this.found.addEventListener("keydown", (event) => this.step(event));
    pick(element, ".eb-search").setAttribute("aria-label", t("Search"));
  }

  /** @param {HTMLElement} form */
  build(form) {
    form.append(this.box, h("button", { type: "submit", class: "eb-primary" }, t("Search")),
      h("span", { class: "eb-break" }), this.more, this.sort);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.go();
      this.remember();
    });
  }

  async refresh() {
    await this.narrow.refresh();
    if (wishes.search) {
      this.set(wishes.search);
      wishes.search = "";
    } else if (!this.asked && !this.box.value) this.teach();
  }

  toggle() {
    const open = this.narrow.element.hidden;
    this.narrow.element.hidden = !open;
    this.more.setAttribute("aria-expanded", String(open));
  }

  /** @param {string} text */
  set(text) {
    this.box.value = text;
    this.literal = this.nearest = false;
    this.go();
  }

  typed() {
    this.literal = this.nearest = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go(true), PAUSE);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "ArrowDown") return;
    const [first] = pickAll(this.found, ".eb-hit, .eb-try");
    if (first) event.preventDefault();
    first?.focus();
  }

  /** Arrow keys go from result to result; Escape and the first one's ↑ lead back to the box. @param {KeyboardEvent} event */
  step(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    if (event.key === "Escape") return this.box.focus();
    if (!(event.key in steps)) return;
    const all = pickAll(this.found, ".eb-hit, .eb-try, .eb-more");
    const place = all.findIndex((element) => element === document.activeElement) + steps[event.key];
    event.preventDefault();
    if (place < 0) this.box.focus();
    else all[Math.min(place, all.length - 1)].focus();
  }

  /** @param {number} offset @param {boolean} typing @returns {`/api/search?${string}`} */
  address(offset, typing) {
    /** @type {Record<string, string | number>} */
    const asked = { q: this.box.value.trim(), limit: PAGE, offset, sort: this.sort.value };
    if (typing) asked.typing = "true";
    if (this.literal) asked.literal = "true";
    if (this.nearest) asked.nearest = "true";
    if (offset) asked.at = this.at;
    return `/api/search?${queryOf(asked)}`;
  }

  async go(typing = false) {
    clearTimeout(this.timer);
    this.asked?.abort();
    const query = this.box.value.trim();
    this.narrow.show(query);
    if (!query) return this.teach();
    const mine = new AbortController();
    this.asked = mine;
    this.found.setAttribute("aria-busy", "true");
    try {
      const found = await json(this.address(0, typing), { signal: mine.signal });
      if (this.asked === mine) this.draw(found, typing);
    } catch (error) {
      if (!mine.signal.aborted) this.complain(error);
    } finally {
      if (this.asked === mine) this.found.removeAttribute("aria-busy");
    }
  }

  /** @param {SearchResults} found @param {boolean} typing */
  draw(found, typing) {
    this.at = found.at;
    this.typing = typing;
    this.chips.replaceChildren(...chips(found, (text) => this.set(text), () => this.plain()));
    this.count(found);
    this.days = new Map();
    this.found.replaceChildren(...notes(found));
    if (found.total) this.add(found);
    else this.found.append(...empty(found, (text) => this.set(text), () => this.closest()));
  }

  /** @param {SearchResults} results */
  count({ total, moments }) {
    const many = total === 1 ? t("1 moment") : t("{count} moments", { count: total.toLocaleString() });
    const near = moments.length && moments.every(({ why }) => why.length === 1 && why[0] === "means");
    const closest = t("No moment holds these words. These come closest in meaning.");
    this.told.textContent = !total ? "" : near ? closest : many;
  }

  /** @param {SearchResults} found */
  add(found) {
    this.found.querySelector(".eb-more")?.remove();
    for (const moment of found.moments) this.dayOf(moment).append(hit(moment, () => this.play(moment)));
    if (!found.more) return;
    const shown = found.offset + found.moments.length;
    this.found.append(h("button", {
      type: "button", class: "eb-plain eb-more", onclick: (event) => this.next(shown, event.currentTarget),
    }, t("Show more")));
  }

  /** @param {SearchMoment} moment */
  dayOf({ day }) {
    const label = dayWords(day);
    let list = this.days.get(day);
    if (!list) {
      list = h("ol", {});
      this.days.set(day, list);
      this.found.append(h("section", { class: "eb-found-day", "aria-label": label },
        h("header", {}, h("h3", {}, label),
          h("button", { type: "button", class: "eb-link", onclick: () => openDay(day) }, t("Open this day"))),
        list));
    }
    return list;
  }

  /** @param {number} offset @param {HTMLButtonElement} button */
  async next(offset, button) {
    button.disabled = true;
    try {
      const found = await json(this.address(offset, this.typing));
      this.add(found);
      const first = found.moments[0]?.clip;
      if (first) pickAll(this.found, `[data-clip="${CSS.escape(first)}"]`)[0]?.focus();
    } catch (error) {
      this.complain(error);
    }
  }

  /** @param {SearchMoment} moment */
  play(moment) {
    this.remember();
    const words = (moment.quotes[0]?.pieces ?? moment.caption).map(([text]) => text).join("");
    play({ recording: moment.recording, start: moment.seek, words });
  }

  async closest() {
    this.nearest = true;
    await this.go();
    pickAll(this.found, ".eb-hit")[0]?.focus();
  }

  plain() {
    this.literal = true;
    this.go();
  }

  remember() {
    const query = this.box.value.trim();
    if (query) this.recent = [query, ...this.recent.filter((one) => one !== query)].slice(0, 8);
  }

  teach() {
    this.asked?.abort();
    this.asked = null;
    this.told.textContent = "";
    this.chips.replaceChildren();
    this.found.replaceChildren(this.narrow.lesson(this.recent, (text) => this.set(text)));
  }

  /** @param {unknown} error */
  complain(error) {
    const told = t("The search did not work: {reason}. Try again in a moment.", { reason: messageOf(error) });
    this.found.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, told));
  }
}

/** @param {string} day */
function openDay(day) {
  wishes.day = day;
  openPage("timeline");
}

/** @param {HTMLElement} element */
export function mount(element) {
  const search = new Search(element);
  whileShown(element, () => search.refresh(), () => 30000);
}
