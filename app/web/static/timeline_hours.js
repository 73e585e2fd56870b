// The hours of a day below its strip: each with its summary, once it is near with its moments, and
// with a picture of each minute, which come in one sheet.

import { h, json, messageOf, openPage, pick, pickAll, roam } from "./dom.js";
import { markMoments, play } from "./player.js";
import { t } from "./words.js";

/** @import { Day, GapRow, HourRow, Moment, MomentsReply } from "./types.d.ts" */

/** What elements were made of. @type {WeakMap<Element, string>} */
const KEYS = new WeakMap();

export class Hours {
  /** `choose(at)` is called with the position of the picture that is picked. @param {HTMLElement} element @param {Day} day @param {(at: number) => unknown} choose */
  constructor(element, day, choose) {
    this.element = element;
    this.day = day;
    this.choose = choose;
    /** Replies by where the hour starts. @type {Map<number, Promise<MomentsReply>>} */
    this.replies = new Map();
    /** @type {Map<Element, HourRow>} */
    this.sections = new Map();
    this.shape = pick(document, "#eb-timeline template", HTMLTemplateElement).content;
    roam(element, ".eb-tiles button");
    // An hour that is drawn only when it comes near does not scroll sideways to what Tab reaches in it.
    element.addEventListener("focusin", ({ target }) => requestAnimationFrame(() => {
      if (target instanceof Element && target === document.activeElement) target.scrollIntoView({ block: "nearest", inline: "nearest" });
    }));
    this.near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.fill(target);
    }, { rootMargin: "500px 0px" });
  }

  /** Shows the hours of a day, or of another state of it. @param {Day} day */
  show(day) {
    this.day = day;
    this.replies.clear();
    this.near.disconnect();
    const sections = renew(this.element, day.rows, (row) => (row.kind === "gap" ? gap(row, "eb-gap") : this.section(row)),
      (row) => `${day.day} ${row.kind === "gap" ? row.label : row.start}`);
    this.sections.clear();
    for (const [number, row] of day.rows.entries()) {
      if (row.kind === "gap") continue;
      const section = sections[number];
      this.sections.set(section, row);
      pick(section, "header .eb-facts").textContent = row.recorded;
      pick(section, ".eb-hour-summary").textContent = row.summary;
      this.near.observe(section); // those that are near are looked at again
    }
  }

  /** @param {HourRow} row */
  section(row) {
    const section = pick(/** @type {DocumentFragment} */ (this.shape.cloneNode(true)), "section");
    const [title, start, forget, tiles] = pickAll(section, "h3, .eb-hour-play, .eb-link, .eb-tiles");
    const [from, end] = [this.day.start + row.start, this.day.start + row.end];
    section.ariaLabel = title.textContent = row.label;
    start.ariaLabel = t("Play from {time}", { time: row.label });
    start.onclick = async () => startAt((await this.reply(row)).items.find(isMoment));
    forget.ariaLabel = t("Forget the hour {time} …", { time: row.label });
    forget.onclick = () => openPage("privacy", { kind: "span", start: from, end });
    tiles.ariaLabel = t("Pictures from {time}", { time: row.label });
    tiles.style.setProperty("--sheet", `url("/api/pages/sheet?start=${from}")`);
    return section;
  }

  /** The picture of a minute of the day. @param {number} minute @param {number} place on the sheet of its hour */
  tile(minute, place) {
    return h("button", { type: "button", tabindex: "-1", style: `--place: ${place}`,
      "aria-label": t("Play {time}", { time: this.day.clock[minute] }), onclick: () => this.choose(minute * 60) });
  }

  /** Moments and ten minutes of an hour, fetched once. @param {HourRow} row */
  reply(row) {
    const known = this.replies.get(row.start);
    if (known) return known;
    const { start } = this.day;
    const reply = json(`/api/pages/moments?start=${start + row.start}&end=${start + row.end}`);
    this.replies.set(row.start, reply);
    reply.catch(() => this.replies.delete(row.start));
    return reply;
  }

  /** What was at a position: `{ moment, hour, ten }`; moment is null where nothing was recorded. @param {number} position */
  async at(position) {
    const hour = this.day.rows.filter((row) => row.kind === "hour").find(({ start, end }) => position >= start && position < end);
    if (!hour) return { moment: null, hour: null, ten: null };
    return { hour, ...momentAt(await this.reply(hour), this.day.start + position) };
  }

  /** @param {Element} section */
  async fill(section) {
    const row = this.sections.get(section);
    if (!row) return;
    const [strip, tens] = [pick(section, ".eb-strip"), pick(section, "details")];
    renew(pick(section, ".eb-tiles"), row.pictured, (minute) => this.tile(row.start / 60 + minute, minute), String);
    this.element.querySelector(".eb-tiles button")?.setAttribute("tabindex", "0");
    try {
      const found = await this.reply(row);
      strip.classList.remove("eb-strip-empty");
      renew(strip, found.items, (item) => (item.kind === "gap" ? gap(item, "eb-pause") : card(item)), JSON.stringify);
      tens.hidden = !found.tens.length;
      pick(tens, "dl").replaceChildren(...found.tens.flatMap((ten) => [h("dt", {}, ten.label), h("dd", {}, ten.summary)]));
      markMoments();
    } catch (error) {
      strip.replaceChildren(h("p", { class: "eb-quiet" }, t("These moments cannot be shown: {why}.", { why: messageOf(error) })));
    }
  }

  /** Brings a position of the day into view among the moments of its hour; the page stays. @param {number} at */
  async reveal(at) {
    for (const [section, { start, end }] of this.sections) if (at >= start && at < end) await this.fill(section);
    const time = this.day.start + at;
    const shown = pickAll(this.element, ".eb-moment").find(({ dataset }) => time >= Number(dataset.at) && time < Number(dataset.until));
    if (shown?.parentElement) shown.parentElement.scrollLeft = shown.offsetLeft - shown.parentElement.offsetLeft - 4;
  }
}

/** @param {Moment | GapRow} item @returns {item is Moment} */
const isMoment = (item) => item.kind === "moment";

/** The moment at a time, or that begins about then, and the ten minutes. @param {MomentsReply} reply @param {number} time */
export function momentAt({ items, tens }, time) {
  const moments = items.filter(isMoment);
  const moment = moments.find(({ at, until }) => time >= at && time < until)
    ?? moments.find(({ at }) => Math.abs(at - time) < 30) ?? null;
  return { moment, ten: tens.findLast(({ start }) => start <= time) ?? null };
}

/**
 * Shows items in an element, and gives their elements; those of before stay untouched, and where they are.
 * @template T
 * @param {Element} element @param {T[]} items @param {(item: T) => HTMLElement} make @param {(item: T) => string} keyOf
 */
function renew(element, items, make, keyOf) {
  const known = new Map([...element.children].map((child) => [KEYS.get(child), child]));
  const children = items.map((item) => {
    const key = keyOf(item);
    const child = known.get(key) ?? make(item);
    known.delete(key); // two may be alike
    KEYS.set(child, key);
    return child;
  });
  for (const child of [...element.children]) if (!children.includes(child)) child.remove();
  children.forEach((child, number) => {
    if (element.children[number] !== child) element.insertBefore(child, element.children[number] ?? null);
  });
  return children;
}

/** @param {GapRow} item @param {string} kind */
const gap = (item, kind) => h("div", { class: kind }, h("span", {}, item.label));

/** @param {Moment} item */
function card(item) {
  return h("button", {
    type: "button", class: "eb-moment", title: [item.caption, item.speech].filter(Boolean).join("\n"),
    "data-clip": item.clip, "data-at": item.at, "data-until": item.until, "data-seek": item.seek,
  },
  h("span", { class: "eb-picture" }, picture(item), h("time", {}, item.time)),
  item.caption ? h("span", { class: "eb-caption" }, item.caption) : null,
  item.speech ? h("span", { class: "eb-speech" }, item.speech) : null);
}

/** @param {{ picture: string }} item */
export function picture(item) {
  if (!item.picture) return h("span", { class: "eb-no-picture", "aria-hidden": "true" }, "♪");
  return h("img", { src: item.picture, alt: "", loading: "lazy", decoding: "async" });
}

/** Where a time is inside a moment: seconds into the recording. @param {Moment} moment @param {number} time */
export function inside(moment, time) {
  return moment.offset + Math.min(Math.max(time - moment.at, 0), Math.max(moment.until - moment.at - 0.5, 0));
}

/** Plays a moment, from a time in it where that is given. @param {Moment | undefined} item @param {number} [time] */
export function startAt(item, time = item?.at ?? 0) {
  if (!item) return;
  play({ recording: item.recording, start: inside(item, time), words: item.words });
}
