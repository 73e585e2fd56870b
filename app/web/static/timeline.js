// Timeline: month, day, hour, moment. Whatever is pointed at is shown, whatever is pressed plays.

import { around, h, json, messageOf, pick, whileShown, wishes } from "./dom.js";
import { shareMoment } from "./share.js";
import { clockWords, positionOf } from "./timeline_clock.js";
import { Hours, inside, picture, startAt } from "./timeline_hours.js";
import * as link from "./timeline_link.js";
import { Month } from "./timeline_month.js";
import { Strip } from "./timeline_strip.js";
import { toDigest, toPrivacy, toQuestion, way } from "./ways.js";
import { t } from "./words.js";

/** @import { Calendar, Day, Moment, Playing, Wishes } from "./types.d.ts" */

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
    this.strip = new Strip(NO_DAY, { peek: (at, span) => this.peek(at, span), choose: (at) => this.playAt(at) });
    this.hours = new Hours(NO_DAY, (at) => this.playAt(at));
    this.month = new Month((day) => this.go(day));
    this.spoken = h("p", { class: "eb-spoken", role: "status" });
    this.content = h("div", { class: "eb-day-content" }, h("p", { class: "eb-quiet" }, "…"));
    this.select = h("select", { "aria-label": t("Choose a day that has recordings"), onchange: (event) => this.go(event.currentTarget.value) });
    /** @param {string} kind @param {() => unknown} onclick @param {string} words @param {string} [label] */
    const button = (kind, onclick, words, label) => h("button", { type: "button", class: kind, "aria-label": label, title: label, onclick }, words);
    this.earlier = button("eb-earlier", () => this.step(-1), "‹", t("Earlier day"));
    this.later = button("eb-later", () => this.step(1), "›", t("Later day"));
    this.nav = h("nav", { class: "eb-days", "aria-label": t("Day"), hidden: true }, this.earlier, this.select, this.later,
      h("span", { class: "eb-day-tools" },
        button("eb-to-now", () => this.toNow(), t("Now"), t("Go to now, or to the latest recording")),
        h("button", { type: "button", class: "eb-to-month", popovertarget: "eb-month" }, t("Calendar")),
        button("eb-copy", () => this.copy(), t("Copy link"))));
    this.summary = h("p", { class: "eb-summary" });
    this.more = h("button", { type: "button", class: "eb-link", onclick: () => this.unfold(!this.summary.classList.contains("eb-all")) });
    this.facts = h("p", { class: "eb-facts" });
    this.met = h("p", { class: "eb-unseen" });
    this.elsewhere = h("p", { class: "eb-facts eb-elsewhere" });
    this.transcript = h("a", { class: "eb-link", download: "" }, t("Transcript"));
    const ways = h("div", { class: "eb-ways" },
      way(t("Ask about this day"), () => toQuestion(t("What happened on {day}?", { day: this.day.title }), `${this.day.day}T00:00`, `${this.day.day}T23:59`)),
      way(t("Digest of this day"), () => toDigest(this.day.day)), this.transcript,
      way(t("Forget this day …"), () => toPrivacy({ kind: "day", day: this.day.day })));
    this.silent = h("p", { class: "eb-quiet" }, t("There are no pictures of this day, only sound."));
    this.card = h("div", { class: "eb-peek" });
    this.instant = h("img", { class: "eb-instant", alt: "" });
    /** @param {string} value @param {string} words */
    const view = (value, words) => h("label", {}, h("input", { type: "radio", name: "eb-view", value, checked: value === "hours" }), words);
    this.parts = [h("div", { class: "eb-day-head" }, this.summary, this.more, this.facts, this.met, this.elsewhere, ways),
      this.strip.element, this.card,
      h("div", { class: "eb-views", role: "group", "aria-label": t("How to look at the day") }, view("hours", t("Hours")), view("pictures", t("Pictures"))),
      this.hours.element, this.silent];
    element.setAttribute("aria-label", t("Timeline"));
    element.replaceChildren(this.nav, this.month.element, this.spoken, this.content);
    this.turn = whileShown(element, () => this.refresh(), () => (this.day.pending ? LIVE : QUIET));
    document.addEventListener("eb-now", (event) => this.mark(event.detail));
    document.addEventListener("eb-wish", () => this.turn());
    element.addEventListener("keydown", (event) => this.key(event));
  }

  /** What is new: at first everything, later only what has changed. */
  async refresh() {
    try {
      const wish = { ...wishes };
      const asked = this.wanted;
      Object.assign(wishes, { day: "", t: "", clip: "" });
      const { options } = this.select; // the newest day first
      if ([...options].some(({ value }) => value === wish.day)) return await this.show(wish.day, wish);
      if (this.day.day && !wish.day) {
        const { revision } = await json(`/api/pages/revision?day=${this.day.day}`);
        if (revision === this.day.revision) return;
      }
      this.offer(await json("/api/pages/days"));
      if (!options.length) return this.nothing();
      if (!wish.day && this.wanted !== asked) return; // the person went to another day meanwhile
      await this.show(wish.day || this.day.day || options[0].value, wish);
    } catch (error) {
      this.fail(error);
      if (!this.day.day) this.content.replaceChildren(h("p", { class: "eb-quiet" }, this.spoken.textContent));
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
    this.nav.hidden = !days.length;
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

  /** @param {string} day @param {Partial<Wishes>} [wish] */
  async show(day, wish = {}) {
    this.wanted = day;
    const found = await json(`/api/pages/day/${day}`);
    if (this.wanted !== day) return;
    const other = this.day.day !== found.day;
    this.wanted = found.day;
    this.day = found;
    this.select.value = found.day;
    this.month.shown = found.day;
    this.earlier.ariaDisabled = String(this.select.selectedIndex === this.select.length - 1); // which keeps the focus
    this.later.ariaDisabled = String(this.select.selectedIndex === 0);
    for (const name of /** @type {const} */ (["summary", "facts", "met", "elsewhere"])) this[name].textContent = found[name];
    this.transcript.href = `/api/transcript?from=${found.day}`;
    if (this.content.firstChild !== this.parts[0]) this.content.replaceChildren(...this.parts);
    if (other) this.unfold(false);
    this.strip.show(found);
    this.hours.show(found);
    this.silent.hidden = found.rows.some((row) => row.kind === "hour" && row.pictured.length);
    if (found.instead) this.say(found.instead);
    else if (other) this.say([found.title, found.recorded].filter(Boolean).join(", "), true);
    this.mark(this.playing);
    const at = wish.t && !found.instead ? positionOf(found, wish.t) : null;
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
    const words = moment ? moment.caption || t("Still being indexed …") : t("nothing recorded");
    if (this.strip.hover === null) this.strip.say(words);
    /** @param {unknown} error */
    const tell = (error) => this.say(t("This cannot be shared: {why}", { why: messageOf(error) }));
    if (moment) showSecond(this.instant, moment.recording, inside(moment, this.day.start + at));
    this.card.replaceChildren(
      h("span", { class: moment ? "eb-picture" : "eb-picture eb-blank" }, moment && picture(moment), moment && this.instant),
      h("div", {},
        h("strong", {}, clockWords(this.day, at, span <= CLOSE)),
        h("p", { class: "eb-caption" }, words),
        moment?.speech ? h("p", { class: "eb-speech" }, `“${moment.speech}”`) : null,
        above ? h("p", { class: "eb-facts eb-above" }, above) : null,
        moment && h("div", { class: "eb-ways" },
          way(t("Share …"), () => shareMoment(moment).catch(tell), t("Share this moment …")),
          way(t("Forget …"), () => toPrivacy({ kind: "span", start: moment.at, end: moment.until }), t("Forget this moment …")))),
      h("button", { type: "button", class: "eb-peek-play", onclick: () => this.playAt(at) },
        moment ? t("▶ Play") : t("▶ Play what comes next")));
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
    this.hours.mark(playing);
    const at = playing ? playing.time - this.day.start : -1;
    this.strip.put("playing", at >= 0 && at < this.day.length ? at : null);
  }

  nothing() {
    this.day = NO_DAY;
    this.content.replaceChildren(
      h("div", { class: "eb-nothing" },
        h("h2", {}, t("Your days will appear here")),
        h("p", {}, t("Add a recording, and it shows up at the hour it was made.")),
        h("p", { class: "eb-facts" }, t("Each day is a strip that you can move through, with pictures, people and what was said.")),
        h("p", {}, h("a", { href: "#page=library" }, t("Open the Library")))));
  }
}

/**
 * Shows a second of a recording; of those that come while a picture is on its way, only the last.
 * @param {HTMLImageElement} image @param {string} recording @param {number} at
 */
function showSecond(image, recording, at) {
  const address = `/thumbnails/${encodeURIComponent(recording)}/at/${Math.floor(at)}`;
  /** @param {Event} event */
  const turn = ({ type }) => {
    image.hidden = type === "error"; // there is no picture of that second
    if (image.getAttribute("src") !== address) image.src = address;
  };
  Object.assign(image, { onload: turn, onerror: turn });
  if (image.complete && image.getAttribute("src") !== address) image.src = address;
}

/** @param {HTMLElement} element */
export function mount(element) {
  new Timeline(pick(element, ".eb-day"));
}
