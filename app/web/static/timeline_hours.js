// The hours of a day below its strip: each with its summary and, once it is near, its moments.

import { h, messageOf, pick, pickAll } from "./dom.js";
import { play } from "./player.js";
import { toPrivacy, way } from "./ways.js";
import { t } from "./words.js";

/** @import { Day, GapRow, HourRow, Moment, MomentsReply, Playing, TenMinutes } from "./types.d.ts" */

/** What the section of an hour was made of. @typedef {{ row: HourRow, body: HTMLElement, text: string, drawn: string }} Hour */

/** @type {WeakMap<Element, Hour>} */
const HOURS = new WeakMap();
/** What moments and pauses were made of. @type {WeakMap<Element, string>} */
const PIECES = new WeakMap();

/** @param {Element} section */
function hourOf(section) {
  const hour = HOURS.get(section);
  if (!hour) throw new TypeError("this is no hour of the day");
  return hour;
}

export class Hours {
  /** @param {import("./timeline_moments.js").Moments} moments */
  constructor(moments) {
    this.moments = moments;
    this.element = h("div", { class: "eb-hours" });
    // An hour that is drawn only when it comes near does not scroll sideways to what Tab reaches in it.
    this.element.addEventListener("focusin", ({ target }) => requestAnimationFrame(() => {
      if (target instanceof Element && target === document.activeElement) target.scrollIntoView({ block: "nearest", inline: "nearest" });
    }));
    /** @type {Map<number, HTMLElement>} */
    this.sections = new Map();
    this.near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting && target instanceof HTMLElement) this.fill(target);
    }, { rootMargin: "500px 0px" });
  }

  /** Shows the hours of a day. Those that are as they were stay untouched, and where they are. @param {Day} day @param {boolean} anew */
  show(day, anew) {
    if (anew) this.sections.clear();
    const known = this.sections;
    this.sections = new Map();
    const wanted = day.rows.map((row) => {
      if (row.kind === "gap") return gap(row, "eb-gap");
      const text = JSON.stringify(row);
      const old = known.get(row.start);
      const section = old ?? this.section(row);
      const made = hourOf(section);
      if (old && made.text !== text) this.change(old, row);
      made.text = text;
      this.sections.set(row.start, section);
      return section;
    });
    place(this.element, wanted);
    for (const section of this.sections.values()) { // those that are near are looked at again
      this.near.unobserve(section);
      this.near.observe(section);
    }
  }

  /** @param {HourRow} row */
  section(row) {
    const body = h("div", { class: "eb-hour-body" });
    /** @type {HTMLElement} */
    const section = h("section", { class: "eb-hour", "aria-label": row.label, "data-start": row.start },
      h("header", {},
        h("h3", {}, row.label),
        h("button", { type: "button", class: "eb-hour-play", "aria-label": t("Play from {time}", { time: row.label }),
          onclick: async () => start((await this.moments.hour(hourOf(section).row)).items.find(isMoment)) }, "▶"),
        h("span", { class: "eb-facts" }),
        way(t("Forget …"), () => this.forget(hourOf(section).row), t("Forget the hour {time} …", { time: row.label }))),
      body);
    HOURS.set(section, { row, body, text: "", drawn: "" });
    this.change(section, row);
    return section;
  }

  /** Leads to where an hour is forgotten, if that is wished. @param {HourRow} row */
  forget({ start: from, end }) {
    const { start: zero } = this.moments.day;
    toPrivacy({ kind: "span", start: zero + from, end: zero + end });
  }

  /** @param {HTMLElement} section @param {HourRow} row */
  change(section, row) {
    const hour = hourOf(section);
    const { body } = hour;
    hour.row = row;
    pick(section, "header .eb-facts").textContent = row.recorded;
    body.querySelector(".eb-hour-summary")?.remove();
    if (row.summary) body.prepend(h("p", { class: "eb-hour-summary" }, row.summary));
    if (!body.querySelector(".eb-strip")) body.append(h("div", { class: "eb-strip eb-strip-empty" }));
  }

  /** @param {HTMLElement} section */
  async fill(section) {
    const hour = hourOf(section);
    const { row, body } = hour;
    const strip = pick(body, ".eb-strip");
    /** @type {MomentsReply} */
    let found;
    try { found = await this.moments.hour(row); } catch (error) {
      return strip.replaceChildren(h("p", { class: "eb-quiet" }, t("These moments cannot be shown: {why}.", { why: messageOf(error) })));
    }
    const text = JSON.stringify(found);
    if (text === hour.drawn) return;
    hour.drawn = text;
    const { scrollLeft } = strip;
    strip.classList.remove("eb-strip-empty");
    strip.querySelector(".eb-quiet")?.remove();
    const known = new Map([...strip.children].map((child) => [PIECES.get(child) ?? "", child]));
    place(strip, found.items.map((item) => known.get(JSON.stringify(item)) ?? piece(item)));
    strip.scrollLeft = scrollLeft;
    const open = body.querySelector("details")?.open ?? false;
    body.querySelector(".eb-tens")?.remove();
    if (found.tens.length) body.append(tens(found.tens, open));
    this.element.dispatchEvent(new CustomEvent("eb-filled"));
  }

  /** Brings a position of the day into view among the moments of its hour; the page stays. @param {number} at */
  async reveal(at) {
    const section = [...this.sections.values()].find((hour) => at >= hourOf(hour).row.start && at < hourOf(hour).row.end);
    if (!section) return;
    await this.fill(section);
    const absolute = this.moments.day.start + at;
    const card = pickAll(section, ".eb-moment").find(({ dataset }) => absolute >= Number(dataset.at) && absolute < Number(dataset.until));
    if (card?.parentElement) card.parentElement.scrollLeft = card.offsetLeft - card.parentElement.offsetLeft - 4;
  }

  /** Marks the moment that is played. @param {Playing} playing */
  mark({ recording, at }) {
    for (const card of pickAll(this.element, ".eb-moment")) {
      const { recording: id, start: from, end } = card.dataset;
      card.classList.toggle("eb-on", id === recording && at >= Number(from) && at < Number(end));
    }
  }
}

/** @param {Moment | GapRow} item @returns {item is Moment} */
const isMoment = (item) => item.kind === "moment";

/** Puts children into an element in order, moving only those that stand elsewhere. @param {Element} element @param {Element[]} wanted */
function place(element, wanted) {
  const keep = new Set(wanted);
  for (const child of [...element.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((child, number) => {
    if (element.children[number] !== child) element.insertBefore(child, element.children[number] ?? null);
  });
}

/** @param {TenMinutes[]} found @param {boolean} open */
function tens(found, open) {
  return h("details", { class: "eb-tens", open },
    h("summary", {}, t("Ten minutes at a time")),
    h("dl", {}, ...found.flatMap((ten) => [h("dt", {}, ten.label), h("dd", {}, ten.summary)])));
}

/** A moment or a pause, which knows what it was made of. @param {Moment | GapRow} item */
function piece(item) {
  const made = item.kind === "gap" ? gap(item, "eb-pause") : moment(item);
  PIECES.set(made, JSON.stringify(item));
  return made;
}

/** @param {GapRow} item @param {string} kind */
function gap(item, kind) {
  return h("div", { class: kind }, h("span", {}, item.label));
}

/** @param {Moment} item */
function moment(item) {
  const waiting = item.indexed ? "" : t("Still being indexed …");
  return h("button", {
    type: "button", class: "eb-moment", title: [item.caption, item.speech].filter(Boolean).join("\n"),
    "data-clip": item.clip, "data-recording": item.recording, "data-start": item.offset,
    "data-end": item.end, "data-at": item.at, "data-until": item.until, onclick: () => start(item),
  },
  h("span", { class: "eb-picture" }, picture(item), h("time", {}, item.time)),
  h("span", { class: "eb-caption" }, item.caption || waiting),
  item.speech ? h("span", { class: "eb-speech" }, `“${item.speech}”`) : null);
}

/** @param {{ picture: string }} item */
export function picture(item) {
  if (!item.picture) return h("span", { class: "eb-no-picture", "aria-hidden": "true" }, "♪");
  return h("img", { src: item.picture, alt: "", loading: "lazy", decoding: "async" });
}

/** Plays a moment, from `offset` seconds into its recording where that is given. @param {Moment | undefined} item @param {number} [offset] */
export function start(item, offset = item?.offset ?? 0) {
  if (!item) return;
  const words = item.speech ? `“${item.speech}”` : item.caption;
  play({ recording: item.recording, start: offset, words });
}
