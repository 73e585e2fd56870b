// Timeline: month, day, hour, moment. Whatever is pointed at is shown, whatever is pressed plays.

import { around, h, json, messageOf, openPage, pick, pickAll, roam, takeWish, whileShown } from "./dom.js";
import { askToShare } from "./share.js";
import { Hours, inside, picture, startAt } from "./timeline_hours.js";
import * as link from "./timeline_link.js";
import { clockWords, Strip } from "./timeline_strip.js";
import { t } from "./words.js";

/** @import { Calendar, CalendarMonth, Day, DayWish, Moment, Playing } from "./types.d.ts" */

const LIVE = 4000; // ms between two looks for news while something is being indexed
const QUIET = 15000;
const CLOSE = 3 * 3600; // seconds of strip below which ten minutes are told of, not hours

/** A day of which nothing is known yet. */
const NO_DAY = /** @type {Day} */ (/** @type {Partial<Day>} */ ({ day: "", start: 0, length: 0, first: 0, clock: [""], rows: [] }));

class Timeline {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.day = NO_DAY;
    this.wanted = ""; // the day that is being fetched, or is shown
    this.peeks = 0;
    this.addressed = 0;
    this.anew = false;
    this.clip = "";
    /** @type {Playing | null} */
    this.playing = null;
    /** @param {string} selector */
    this.find = (selector) => pick(element, selector);
    /** @param {string} selector @param {() => unknown} act */
    const press = (selector, act) => this.find(selector).addEventListener("click", act);
    this.strip = new Strip(this.find(".eb-overview"), NO_DAY, { peek: (at, span) => this.peek(at, span), choose: (at) => this.playAt(at) });
    this.hours = new Hours(this.find(".eb-hours"), NO_DAY, (at) => this.playAt(at));
    this.month = new Month(this.find(".eb-month"), (day) => this.go(day));
    this.select = pick(element, "select", HTMLSelectElement);
    this.spoken = this.find(".eb-spoken");
    this.summary = this.find(".eb-summary");
    this.instant = h("img", { class: "eb-instant", alt: "" });
    /** @type {Promise<unknown>} */
    this.pictured = Promise.resolve();
    this.pointed = /** @type {Moment} */ ({}); // what the card shows: without one, it has no buttons for it
    this.select.addEventListener("change", () => this.go(this.select.value));
    press(".eb-earlier", () => this.step(-1));
    press(".eb-later", () => this.step(1));
    press(".eb-to-now", () => this.toNow());
    press(".eb-copy", () => this.copy());
    press(".eb-more", () => this.unfold(!this.summary.classList.contains("eb-all")));
    press(".eb-to-ask", () => {
      const { day, title } = this.day;
      openPage("ask", { ask: { question: t("What happened on {day}?", { day: title }), begin: `${day}T00:00`, end: `${day}T23:59` } });
    });
    press(".eb-to-digest", () => openPage("habits", this.day.day));
    press(".eb-to-forget", () => openPage("privacy", { kind: "day", day: this.day.day }));
    press(".eb-share-this", () => askToShare(this.pointed.recording, this.pointed.offset, this.pointed.end)
      .catch((error) => this.say(t("This cannot be shared: {why}", { why: messageOf(error) }))));
    press(".eb-forget-this", () => openPage("privacy", { kind: "span", start: this.pointed.at, end: this.pointed.until }));
    press(".eb-peek-play", () => this.playAt(this.strip.cursor));
    this.turn = whileShown(element, () => this.refresh(), () => (this.day.pending ? LIVE : QUIET));
    document.addEventListener("eb-now", (event) => this.mark(event.detail));
    document.addEventListener("eb-wish-timeline", () => this.turn());
    element.addEventListener("keydown", (event) => this.key(event));
  }

  /** What is new: at first everything, later only what has changed. */
  async refresh() {
    try {
      const [goal, asked] = [takeWish("timeline") ?? { day: "" }, this.wanted];
      const { options } = this.select; // the newest day first
      if ([...options].some(({ value }) => value === goal.day)) return await this.show(goal.day, goal);
      if (this.day.day && !goal.day) {
        const { revision } = await json(`/api/pages/revision?day=${this.day.day}`);
        if (revision === this.day.revision) return;
      }
      this.offer(await json("/api/pages/days"));
      if (!options.length) return this.nothing();
      if (!goal.day && this.wanted !== asked) return; // the person went to another day meanwhile
      await this.show(goal.day || this.day.day || options[0].value, goal);
    } catch (error) {
      this.fail(error);
      this.find(".eb-quiet").textContent = this.spoken.textContent;
    }
  }

  /** @param {unknown} error */
  fail(error) {
    this.say(t("This day cannot be shown: {why}.", { why: messageOf(error) }));
  }

  /** @param {Calendar} calendar */
  offer(calendar) {
    if (JSON.stringify(calendar) === JSON.stringify(this.month.calendar)) return;
    this.month.calendar = calendar;
    const narrow = matchMedia("(max-width: 640px)").matches;
    const days = calendar.months.flatMap((month) => month.days).reverse();
    this.select.replaceChildren(...days.map(({ day, label, short }) => h("option", { value: day }, narrow ? short : label)));
    this.select.value = this.day.day;
    this.find(".eb-days").hidden = !days.length;
  }

  /** @param {number} by */
  step(by) {
    const next = this.select.options[this.select.selectedIndex - by];
    if (next) this.go(next.value);
  }

  /** To another day, to which Back returns. @param {string} day */
  go(day) {
    if (day !== this.day.day) {
      clearTimeout(this.addressed);
      this.address(); // Back returns to where the strip was
      this.anew = true;
    }
    return this.show(day).catch((error) => {
      if (this.wanted === day) this.wanted = this.day.day;
      this.fail(error);
    });
  }

  /** @param {string} day @param {Partial<DayWish>} [goal] */
  async show(day, goal = {}) {
    this.wanted = day;
    const found = await json(`/api/pages/day/${day}?t=${encodeURIComponent(goal.t ?? "")}`);
    if (this.wanted !== day) return;
    const other = this.day.day !== found.day;
    this.wanted = found.day;
    this.day = found;
    this.select.value = found.day;
    this.month.shown = found.day;
    this.find(".eb-earlier").ariaDisabled = String(this.select.selectedIndex === this.select.length - 1); // which keeps the focus
    this.find(".eb-later").ariaDisabled = String(this.select.selectedIndex === 0);
    for (const part of /** @type {const} */ (["summary", "facts", "met", "elsewhere"])) this.find(`[data-part=${part}]`).textContent = found[part];
    this.find("a[download]").setAttribute("href", `/api/transcript?from=${found.day}`);
    this.open(".eb-day-content");
    if (other) this.unfold(false);
    this.strip.show(found);
    this.hours.show(found);
    this.find(".eb-silent").hidden = found.rows.some((row) => row.kind === "hour" && row.pictured.length);
    if (found.instead) this.say(found.instead);
    else if (other) this.say([found.title, found.recorded].filter(Boolean).join(", "), true);
    this.mark(this.playing);
    if (found.at !== null) {
      this.strip.go(found.at, 3600);
      if (goal.clip) this.clip = goal.clip;
      await this.hours.reveal(found.at);
    } else if (other) this.strip.tell();
    this.address();
  }

  /** Shows one part of the page: what is waited for, that there is nothing, or the day. @param {string} part */
  open(part) {
    for (const one of [".eb-quiet", ".eb-nothing", ".eb-day-content"]) this.find(one).hidden = one !== part;
  }

  /** A long summary is folded to its first lines, so that the strip stays in sight. @param {boolean} all */
  unfold(all) {
    this.summary.classList.toggle("eb-all", all);
    const more = this.find(".eb-more");
    more.hidden = !all && this.summary.scrollHeight <= this.summary.clientHeight + 2;
    more.textContent = all ? t("Show less") : t("Read all");
    more.ariaExpanded = String(all);
  }

  /** The address of what the cursor is at. */
  here(clip = "") {
    return link.address(this.day.day, clockWords(this.day, this.strip.cursor), clip);
  }

  address() {
    if (document.body.dataset.page !== "timeline" || !this.day.day) return;
    if (this.wanted !== this.day.day) return; // on the way to another day, whose address is the next step
    link.show(this.here(this.clip), this.anew);
    this.anew = false;
    this.clip = "";
  }

  async copy() {
    const place = window.location.origin + this.here();
    try {
      await navigator.clipboard.writeText(place);
      this.say(t("The link to this moment is copied."));
    } catch {
      this.say(t("Copy this link: {link}", { link: place }));
    }
  }

  /** Tells the person something; `quietly` what is to be seen anyway. @param {string} words */
  say(words, quietly = false) {
    this.spoken.textContent = words;
    this.spoken.classList.toggle("eb-unseen", quietly);
  }

  /** Shows what was at a position; the newest call wins. @param {number} at @param {number} span */
  async peek(at, span) {
    const turn = ++this.peeks;
    clearTimeout(this.addressed);
    this.addressed = setTimeout(() => this.address(), 250);
    await new Promise((done) => { setTimeout(done, 20); });
    if (turn !== this.peeks) return;
    const found = await this.hours.at(at).catch(() => null);
    if (turn !== this.peeks || !found) return;
    const { moment, hour, ten } = found;
    const above = span <= CLOSE ? ten?.summary ?? hour?.summary : hour?.summary;
    if (this.strip.hover === null) this.strip.say(moment ? moment.caption || moment.words : t("nothing recorded"));
    const [place, time, caption, speech, over, ways, play] = pickAll(this.find(".eb-peek"), ".eb-picture, strong, p, .eb-ways, .eb-peek-play");
    this.pointed = moment ?? this.pointed;
    place.replaceChildren(...(moment ? [picture(moment), this.instant] : []));
    place.classList.toggle("eb-blank", !moment);
    time.textContent = clockWords(this.day, at, span <= CLOSE);
    caption.textContent = moment?.caption ?? t("nothing recorded");
    speech.textContent = moment?.speech ?? "";
    over.textContent = above ?? "";
    ways.hidden = !moment;
    play.textContent = moment ? t("▶ Play") : t("▶ Play what comes next");
    await this.pictured; // of those that are wanted meanwhile, only the last is fetched
    if (turn !== this.peeks || !moment) return;
    this.instant.src = `/thumbnails/${encodeURIComponent(moment.recording)}/at/${Math.floor(inside(moment, this.day.start + at))}`;
    this.pictured = this.instant.decode().then(() => true, () => false).then((shown) => { this.instant.hidden = !shown; });
  }

  /** @param {number} at */
  async playAt(at) {
    const { start, length } = this.day;
    const { moment } = await this.hours.at(at);
    const next = moment ?? /** @type {Moment} */ (await json(`/api/pages/beside?at=${start + at}&by=1`));
    if (next.at < start + length) startAt(next, start + at);
    else this.say(t("Nothing was recorded after that on this day."));
  }

  async toNow() {
    const newest = this.select.options[0].value;
    if (this.day.day !== newest) await this.go(newest);
    const { start, length, last } = this.day;
    const now = Date.now() / 1000 - start;
    this.strip.go(now >= 0 && now < length ? now : last - 1);
    this.strip.track.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const by = { PageUp: -1, PageDown: 1 }[event.key];
    if (!by || !around(event, ".eb-days button, .eb-overview") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.step(by);
  }

  /** @param {Playing | null} playing */
  mark(playing) {
    this.playing = playing;
    const at = playing ? playing.time - this.day.start : -1;
    this.strip.put("playing", at >= 0 && at < this.day.length ? at : null);
  }

  nothing() {
    this.day = NO_DAY;
    this.open(".eb-nothing");
  }
}

/** The calendar: months below one another; the more is recorded of a day, the stronger its colour. */
class Month {
  /** `choose(day)` is called with the day that the person picks. @param {HTMLElement} element @param {(day: string) => unknown} choose */
  constructor(element, choose) {
    this.element = element;
    this.choose = choose;
    /** @type {Calendar} */
    this.calendar = { weekdays: [], months: [] };
    this.shown = "";
    element.addEventListener("beforetoggle", ({ newState }) => { if (newState === "open") this.draw(); });
    element.addEventListener("keydown", (event) => this.turn(event));
    roam(element, "button");
  }

  draw() {
    this.element.replaceChildren(...this.calendar.months.map((month) => h("section", { "aria-label": month.name },
      h("h3", {}, month.name),
      h("div", { class: "eb-grid" },
        ...this.calendar.weekdays.map((name) => h("span", { "aria-hidden": "true" }, name)), ...this.cells(month)),
      h("p", { class: "eb-facts" }, month.summary))));
  }

  /** @param {CalendarMonth} month */
  cells(month) {
    const days = new Map(month.days.map((day) => [Number(day.day.slice(-2)), day]));
    return Array.from({ length: month.length }, (_, n) => {
      const [day, number] = [days.get(n + 1), String(n + 1)];
      const style = n ? "" : `grid-column: ${month.first + 1}`;
      if (!day) return h("span", { class: "eb-date", style }, number);
      const shown = day.day === this.shown;
      return h("button", {
        type: "button", class: `eb-date eb-heat-${day.heat}`, style, "data-day": day.day, "aria-label": day.title,
        "aria-current": shown && "date", autofocus: shown,
        onclick: () => { this.element.hidePopover(); this.choose(day.day); },
      }, h("b", {}, number), h("small", { "aria-hidden": "true" }, day.amount));
    });
  }

  /** Page Up and Page Down lead to another month. @param {KeyboardEvent} event */
  turn(event) {
    const month = around(event, "section");
    const other = { PageUp: month?.previousElementSibling, PageDown: month?.nextElementSibling }[event.key];
    if (other) event.preventDefault();
    other?.querySelector("button")?.focus();
  }
}

/** @param {HTMLElement} element */
export function mount(element) {
  new Timeline(pick(element, ".eb-day"));
}
