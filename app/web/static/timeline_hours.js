// The hours of a day below its strip: each with its summary and, once it is near, its moments.

import { h } from "./dom.js";
import { play } from "./player.js";
import { toPrivacy, way } from "./ways.js";
import { t } from "./words.js";

export class Hours {
  constructor(moments) {
    this.moments = moments;
    this.element = h("div", { class: "eb-hours" });
    // An hour that is drawn only when it comes near does not scroll sideways to what Tab reaches in it.
    this.element.addEventListener("focusin", ({ target }) => requestAnimationFrame(() => {
      if (target === document.activeElement) target.scrollIntoView({ block: "nearest", inline: "nearest" });
    }));
    this.sections = new Map();
    this.near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.fill(target);
    }, { rootMargin: "500px 0px" });
  }

  /** Shows the hours of a day. Those that are as they were stay untouched, and where they are. */
  show(day, anew) {
    if (anew) this.sections.clear();
    const known = this.sections;
    this.sections = new Map();
    const wanted = day.rows.map((row) => {
      if (row.kind === "gap") return gap(row, "eb-gap");
      const text = JSON.stringify(row);
      const old = known.get(row.start);
      const section = old ?? this.section(row);
      if (old && old.eb.text !== text) this.change(old, row);
      section.eb.text = text;
      this.sections.set(row.start, section);
      return section;
    });
    place(this.element, wanted);
    for (const section of this.sections.values()) { // those that are near are looked at again
      this.near.unobserve(section);
      this.near.observe(section);
    }
  }

  section(row) {
    const body = h("div", { class: "eb-hour-body" });
    const section = h("section", { class: "eb-hour", "aria-label": row.label, "data-start": row.start },
      h("header", {},
        h("h3", {}, row.label),
        h("button", { type: "button", class: "eb-hour-play", "aria-label": t("Play from {time}", { time: row.label }),
          onclick: async () => start((await this.moments.hour(section.eb.row)).items.find(isMoment)) }, "▶"),
        h("span", { class: "eb-facts" }),
        way(t("Forget …"), () => this.forget(section.eb.row), t("Forget the hour {time} …", { time: row.label }))),
      body);
    section.eb = { row, body, drawn: "" };
    this.change(section, row);
    return section;
  }

  /** Leads to where an hour is forgotten, if that is wished. */
  forget({ start: from, end }) {
    const { start: zero } = this.moments.day;
    toPrivacy({ kind: "span", start: zero + from, end: zero + end });
  }

  change(section, row) {
    const { body } = section.eb;
    section.eb.row = row;
    section.querySelector("header .eb-facts").textContent = row.recorded;
    body.querySelector(".eb-hour-summary")?.remove();
    if (row.summary) body.prepend(h("p", { class: "eb-hour-summary" }, row.summary));
    if (!body.querySelector(".eb-strip")) body.append(h("div", { class: "eb-strip eb-strip-empty" }));
  }

  async fill(section) {
    const { row, body } = section.eb;
    let found;
    try { found = await this.moments.hour(row); } catch (error) {
      return body.querySelector(".eb-strip").replaceChildren(h("p", { class: "eb-quiet" }, t("These moments cannot be shown: {why}.", { why: error.message })));
    }
    const text = JSON.stringify(found);
    if (text === section.eb.drawn) return;
    section.eb.drawn = text;
    const strip = body.querySelector(".eb-strip");
    const { scrollLeft } = strip;
    strip.classList.remove("eb-strip-empty");
    strip.querySelector(".eb-quiet")?.remove();
    const known = new Map([...strip.children].map((child) => [child.eb, child]));
    place(strip, found.items.map((item) => known.get(JSON.stringify(item)) ?? piece(item)));
    strip.scrollLeft = scrollLeft;
    const open = body.querySelector(".eb-tens")?.open ?? false;
    body.querySelector(".eb-tens")?.remove();
    if (found.tens.length) body.append(tens(found.tens, open));
    this.element.dispatchEvent(new CustomEvent("eb-filled"));
  }

  /** Brings a position of the day into view among the moments of its hour; the page stays. */
  async reveal(at) {
    const section = [...this.sections.values()].find(({ eb }) => at >= eb.row.start && at < eb.row.end);
    if (!section) return;
    await this.fill(section);
    const absolute = this.moments.day.start + at;
    const card = [...section.querySelectorAll(".eb-moment")].find(({ dataset }) => absolute >= +dataset.at && absolute < +dataset.until);
    if (card) card.parentElement.scrollLeft = card.offsetLeft - card.parentElement.offsetLeft - 4;
  }

  /** Marks the moment that is played. */
  mark({ recording, at }) {
    for (const card of this.element.querySelectorAll(".eb-moment")) {
      const { recording: id, start: from, end } = card.dataset;
      card.classList.toggle("eb-on", id === recording && at >= +from && at < +end);
    }
  }
}

const isMoment = (item) => item.kind === "moment";

/** Puts children into an element in order, moving only those that stand elsewhere. */
function place(element, wanted) {
  const keep = new Set(wanted);
  for (const child of [...element.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((child, number) => {
    if (element.children[number] !== child) element.insertBefore(child, element.children[number] ?? null);
  });
}

function tens(found, open) {
  return h("details", { class: "eb-tens", open },
    h("summary", {}, t("Ten minutes at a time")),
    h("dl", {}, ...found.flatMap((ten) => [h("dt", {}, ten.label), h("dd", {}, ten.summary)])));
}

/** A moment or a pause, which knows what it was made of. */
function piece(item) {
  const made = item.kind === "gap" ? gap(item, "eb-pause") : moment(item);
  made.eb = JSON.stringify(item);
  return made;
}

function gap(item, kind) {
  return h("div", { class: kind }, h("span", {}, item.label));
}

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

export function picture(item) {
  if (!item.picture) return h("span", { class: "eb-no-picture", "aria-hidden": "true" }, "♪");
  return h("img", { src: item.picture, alt: "", loading: "lazy", decoding: "async" });
}

/** Plays a moment, from `offset` seconds into its recording where that is given. */
export function start(item, offset = item?.offset) {
  if (!item) return;
  const words = item.speech ? `“${item.speech}”` : item.caption;
  play({ recording: item.recording, start: offset, words });
}
