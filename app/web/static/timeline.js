// Timeline: month, day, hour, moment. Whatever is pointed at is shown, whatever is pressed plays.

import { around, disable, h, json, messageOf, pick, pickAll, whileShown, wishes } from "./dom.js";
import { dayCompact, dayWords } from "./format.js";
import { shareMoment } from "./share.js";
import { draw } from "./storyboard.js";
import { UNKNOWN_DAY, clockWords, now, positionOf } from "./timeline_clock.js";
import { Hours, picture, start } from "./timeline_hours.js";
import * as link from "./timeline_link.js";
import { Moments, inside } from "./timeline_moments.js";
import { Month } from "./timeline_month.js";
import { Pictures } from "./timeline_pictures.js";
import { Strip } from "./timeline_strip.js";
import { toDigest, toPrivacy, toQuestion, way } from "./ways.js";
import { t } from "./words.js";

/** @import { CalendarDay, Day, Moment, Playing, StripRow, Wishes } from "./types.d.ts" */

const LIVE = 4000; // ms between two looks for news while something is being indexed
const QUIET = 15000;
const CLOSE = 3 * 3600; // seconds of strip below which ten minutes are told of, not hours

class Timeline {
  /** @param {HTMLElement} element */
  constructor(element) {
    /** @param {string} selector */
    const find = (selector) => pick(element, selector);
    this.nav = find(".eb-days");
    this.select = pick(element, "select", HTMLSelectElement);
    this.content = find(".eb-day-content");
    this.spoken = find(".eb-spoken");
    /** @param {string} selector @param {string} words @param {string} label @param {() => unknown} act */
    const button = (selector, words, label, act) => {
      const made = pick(element, selector, HTMLButtonElement);
      made.textContent = words;
      if (label) { made.setAttribute("aria-label", label); made.title = label; }
      made.addEventListener("click", act);
      return made;
    };
    this.earlier = button(".eb-earlier", "‹", t("Earlier day"), () => this.step(-1));
    this.later = button(".eb-later", "›", t("Later day"), () => this.step(1));
    button(".eb-to-now", t("Now"), t("Go to now, or to the latest recording"), () => this.toNow());
    this.toMonth = button(".eb-to-month", t("Calendar"), "", () => this.openMonth(Boolean(this.month.element.hidden)));
    button(".eb-copy", t("Copy link"), "", () => this.copy());
    this.select.setAttribute("aria-label", t("Choose a day that has recordings"));
    this.select.addEventListener("change", () => this.go(this.select.value));
    this.moments = new Moments();
    this.month = new Month(find(".eb-month"), (day) => { this.openMonth(false); this.go(day); });
    this.strip = new Strip({
      peek: (at, span) => this.peek(at, span), choose: (at) => this.playAt(at), turn: (by) => this.step(by),
    });
    this.hours = new Hours(this.moments);
    this.hours.element.addEventListener("eb-filled", () => this.playing && this.hours.mark(this.playing));
    this.pictures = new Pictures((at) => this.playAt(at));
    /** @type {CalendarDay[]} */
    this.days = [];
    this.day = UNKNOWN_DAY;
    this.shown = "";
    this.wanted = ""; // the day that is being fetched, or is shown
    this.revision = "";
    this.pending = 0;
    this.peeks = 0;
    this.addressed = 0;
    this.anew = false;
    this.clip = "";
    /** @type {Playing | null} */
    this.playing = null;
    this.summary = h("p", { class: "eb-summary" });
    this.facts = h("p", { class: "eb-facts" });
    this.with = h("p", { class: "eb-unseen" });
    this.more = h("button", { type: "button", class: "eb-link", "aria-expanded": "false", onclick: () => this.unfold(!this.summary.classList.contains("eb-all")) });
    this.elsewhere = h("p", { class: "eb-facts eb-elsewhere" });
    this.card = h("div", { class: "eb-peek" });
    this.instant = h("canvas", { class: "eb-instant", "aria-hidden": "true" });
    this.transcript = h("a", { class: "eb-link", download: "" }, t("Transcript"));
    this.ways = h("div", { class: "eb-ways" },
      way(t("Ask about this day"), () => toQuestion(t("What happened on {day}?", { day: dayWords(this.shown) }), `${this.shown}T00:00`, `${this.shown}T23:59`)),
      way(t("Digest of this day"), () => toDigest(this.shown)), this.transcript,
      way(t("Forget this day …"), () => toPrivacy({ kind: "day", day: this.shown })));
    /** @param {boolean} pictures @param {string} words */
    const view = (pictures, words) => h("button", { type: "button", "aria-pressed": String(!pictures),
      onclick: (event) => this.look(pictures, event.currentTarget) }, words);
    this.views = h("div", { class: "eb-views", role: "group", "aria-label": t("How to look at the day") },
      view(false, t("Hours")), view(true, t("Pictures")));
    this.parts = [h("div", { class: "eb-day-head" }, this.summary, this.more, this.facts, this.with, this.elsewhere, this.ways),
      this.strip.element, this.card, this.views, this.hours.element, this.pictures.element];
    this.turn = whileShown(element, () => this.refresh(), () => (this.pending ? LIVE : QUIET));
    document.addEventListener("eb-now", (event) => this.mark(event.detail));
    document.addEventListener("eb-wish", () => this.turn());
    element.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {boolean} pictures @param {HTMLElement} button */
  look(pictures, button) {
    for (const one of this.views.children) one.setAttribute("aria-pressed", String(one === button));
    this.hours.element.hidden = pictures;
    this.pictures.element.hidden = !pictures;
    if (pictures) this.pictures.show(this.day);
  }

  /** What is new: at first everything, later only what has changed. */
  async refresh() {
    try {
      const wish = { ...wishes };
      const asked = this.wanted;
      Object.assign(wishes, { day: "", t: "", clip: "" });
      if (wish.day && this.days.some(({ day }) => day === wish.day)) return await this.show(wish.day, wish);
      if (this.shown && !(await this.changed())) return;
      this.offer(await json("/api/pages/days"));
      if (!this.days.length) return this.nothing();
      const there = this.days.some(({ day }) => day === wish.day);
      if (!there && this.wanted !== asked) return; // the person went to another day meanwhile
      const still = this.days.some(({ day }) => day === this.shown);
      await this.show(there ? wish.day : still ? this.shown : this.days[this.days.length - 1].day, there ? wish : {});
      if (wish.day && !there) this.say(t("Nothing is recorded on {day}. This is the nearest that there is.", { day: dayWords(wish.day) }));
    } catch (error) {
      this.say(t("This day cannot be shown: {why}.", { why: messageOf(error) }));
      if (!this.shown) this.content.replaceChildren(h("p", { class: "eb-quiet" }, this.spoken.textContent));
    }
  }

  async changed() {
    const { revision } = await json(`/api/pages/revision?day=${this.shown}`);
    return revision !== this.revision;
  }

  /** @param {CalendarDay[]} days */
  offer(days) {
    if (JSON.stringify(days) === JSON.stringify(this.days)) return;
    this.days = days;
    const words = matchMedia("(max-width: 640px)").matches ? dayCompact : dayWords; // what fits the field
    this.select.replaceChildren(...[...days].reverse().map(({ day }) => h("option", { value: day }, words(day))));
    this.select.value = this.shown;
    this.nav.hidden = !days.length;
    if (days.length && !this.month.element.hidden) this.month.show(days, this.month.focused);
  }

  place() {
    return this.days.findIndex(({ day }) => day === this.shown);
  }

  /** @param {number} by */
  step(by) {
    const next = this.days[this.place() + by];
    if (next) this.go(next.day);
  }

  /** To another day, to which Back returns. @param {string} day */
  go(day) {
    if (day !== this.shown) {
      clearTimeout(this.addressed);
      this.address(); // Back returns to where the strip was
      this.anew = true;
    }
    return this.show(day).catch((error) => {
      if (this.wanted === day) this.wanted = this.shown;
      this.say(t("This day cannot be shown: {why}.", { why: messageOf(error) }));
    });
  }

  /** @param {string} day @param {Partial<Wishes>} [wish] */
  async show(day, wish = {}) {
    this.wanted = day;
    const found = await json(`/api/pages/day/${day}`);
    if (this.wanted !== day) return;
    const other = this.shown !== day;
    this.shown = day;
    this.day = found;
    this.revision = found.revision;
    this.pending = found.pending;
    this.select.value = day;
    disable(this.earlier, this.place() <= 0, this.select);
    disable(this.later, this.place() >= this.days.length - 1, this.select);
    this.moments.forget(found);
    this.head(found);
    if (this.content.firstChild !== this.parts[0]) this.content.replaceChildren(...this.parts);
    if (other) this.unfold(false);
    this.strip.show(found);
    this.hours.show(found, other);
    if (!this.pictures.element.hidden) this.pictures.show(found);
    if (other) this.say(found.recorded ? `${dayWords(day)}, ${t("{length} recorded", { length: found.recorded })}` : dayWords(day), true);
    this.mark(this.playing);
    await this.arrive(found, wish, other);
  }

  /** @param {Day} day @param {Partial<Wishes>} wish @param {boolean} other */
  async arrive(day, wish, other) {
    const at = wish.t ? positionOf(day, wish.t) : null;
    if (at !== null) {
      this.strip.go(at, 3600);
      if (wish.clip) this.clip = wish.clip;
      await this.hours.reveal(at);
    } else if (other) this.strip.tell();
    this.address();
  }

  /** A long summary is folded to its first lines, so that the strip stays in sight. @param {boolean} all */
  unfold(all) {
    this.summary.classList.toggle("eb-all", all);
    this.more.hidden = !all && this.summary.scrollHeight <= this.summary.clientHeight + 2;
    this.more.textContent = all ? t("Show less") : t("Read all");
    this.more.setAttribute("aria-expanded", String(all));
  }

  /** @param {Day} day */
  head(day) {
    this.summary.textContent = day.summary;
    this.facts.textContent = [day.recorded && t("{length} recorded", { length: day.recorded }),
      day.pending && (day.pending === 1 ? t("1 moment still being indexed")
        : t("{count} moments still being indexed", { count: day.pending })), day.complete].filter(Boolean).join(" · ");
    /** @param {StripRow[]} rows */
    const told = (rows) => rows.map((row) => `${row.name} (${row.for})`).join(", ");
    this.with.textContent = [day.people.length && t("With {people}", { people: told(day.people) }),
      day.places.length && t("Places: {places}", { places: told(day.places.slice(0, 3)) })].filter(Boolean).join(" · ");
    this.elsewhere.textContent = day.elsewhere;
    this.transcript.href = `/api/transcript?from=${day.day}`;
  }

  address() {
    if (document.body.dataset.page !== "timeline" || !this.day.day) return;
    if (this.wanted !== this.shown) return; // on the way to another day, whose address is the next step
    link.show(link.address(this.shown, clockWords(this.day, this.strip.cursor), this.clip), this.anew);
    this.anew = false;
    this.clip = "";
  }

  async copy() {
    const place = window.location.origin + link.address(this.shown, clockWords(this.day, this.strip.cursor));
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
    const found = await this.moments.at(at).catch(() => null);
    if (turn !== this.peeks || !found) return;
    const { moment, hour, ten } = found;
    const above = span <= CLOSE ? ten?.summary ?? hour?.summary : hour?.summary;
    const words = moment ? moment.caption || t("Still being indexed …") : t("nothing recorded");
    if (this.strip.hover === null) this.strip.say(words);
    const shown = moment ? h("span", { class: "eb-picture" }, picture(moment)) : h("span", { class: "eb-picture eb-blank" });
    if (moment) this.glimpse(moment, at, shown);
    this.card.replaceChildren(
      shown,
      h("div", {},
        h("strong", {}, clockWords(this.day, at, span <= CLOSE)),
        h("p", { class: "eb-caption" }, words),
        moment?.speech ? h("p", { class: "eb-speech" }, `“${moment.speech}”`) : null,
        above ? h("p", { class: "eb-facts eb-above" }, above) : null,
        moment ? this.waysOf(moment) : null),
      h("button", { type: "button", class: "eb-peek-play", onclick: () => this.playAt(at) },
        moment ? t("▶ Play") : t("▶ Play what comes next")));
  }

  /** Lays the picture of this very second over that of the moment. @param {Moment} moment @param {number} at @param {HTMLElement} shown */
  async glimpse(moment, at, shown) {
    const drawn = await draw(this.instant, moment.recording, inside(moment, this.day.start + at));
    if (drawn) shown.append(this.instant);
  }

  /** @param {Moment} moment */
  waysOf(moment) {
    /** @param {unknown} error */
    const tell = (error) => this.say(t("This cannot be shared: {why}", { why: messageOf(error) }));
    return h("div", { class: "eb-ways" },
      way(t("Share …"), () => shareMoment(moment).catch(tell), t("Share this moment …")),
      way(t("Forget …"), () => toPrivacy({ kind: "span", start: moment.at, end: moment.until }), t("Forget this moment …")));
  }

  /** @param {number} at */
  async playAt(at) {
    const absolute = this.day.start + at;
    const { moment } = await this.moments.at(at);
    const next = moment ?? (await this.moments.from(at));
    if (!next) return this.say(t("Nothing was recorded after that on this day."));
    start(next, inside(next, absolute));
  }

  async toNow() {
    const last = this.days[this.days.length - 1].day;
    if (this.shown !== last) await this.go(last);
    const { spans } = this.day;
    this.strip.go(now(this.day) ?? (spans.length ? spans[spans.length - 1][1] - 1 : 0));
    this.strip.track.focus();
  }

  /** @param {boolean} open */
  openMonth(open) {
    this.month.element.hidden = !open;
    this.toMonth.setAttribute("aria-expanded", String(open));
    if (!open) return this.toMonth.focus();
    this.month.show(this.days, this.shown);
    pickAll(this.month.element, '.eb-date[tabindex="0"]')[0]?.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && !this.month.element.hidden) return this.openMonth(false);
    if (around(event, "select, input, textarea, .eb-month") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "PageUp" && event.key !== "PageDown") return;
    if (!around(event, ".eb-days, .eb-overview")) return;
    event.preventDefault();
    this.step(event.key === "PageUp" ? -1 : 1);
  }

  /** @param {Playing | null} playing */
  mark(playing) {
    this.playing = playing;
    if (!playing || !this.day.day) return this.strip.mark(null);
    this.hours.mark(playing);
    const at = playing.time - this.day.start;
    this.strip.mark(at >= 0 && at < this.day.length ? at : null);
  }

  nothing() {
    this.shown = "";
    this.content.replaceChildren(
      h("div", { class: "eb-nothing" },
        h("h2", {}, t("Your days will appear here")),
        h("p", {}, t("Add a recording, and it shows up at the hour it was made.")),
        h("p", { class: "eb-facts" }, t("Each day is a strip that you can move through, with pictures, people and what was said.")),
        h("p", {}, h("a", { href: "#page=library" }, t("Open the Library")))));
  }
}

/** @param {HTMLElement} element */
export function mount(element) {
  pick(element, ".eb-day").setAttribute("aria-label", t("Timeline"));
  pick(element, ".eb-days").setAttribute("aria-label", t("Day"));
  new Timeline(element);
}
