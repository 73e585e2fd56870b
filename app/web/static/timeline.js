// Timeline: a day as hours and moments. A click on either plays it.

import { h, json, whileShown, wishes } from "./dom.js";
import { play } from "./player.js";

class Timeline {
  constructor(element) {
    this.nav = element.querySelector(".eb-days");
    this.select = element.querySelector("select");
    this.earlier = element.querySelector(".eb-earlier");
    this.later = element.querySelector(".eb-later");
    this.content = element.querySelector(".eb-day-content");
    this.days = [];
    this.drawn = "";
    this.pending = 0;
    this.select.addEventListener("change", () => this.show(this.select.value));
    this.earlier.addEventListener("click", () => this.step(-1));
    this.later.addEventListener("click", () => this.step(1));
    document.addEventListener("eb-now", (event) => this.mark(event.detail));
  }

  async refresh() {
    try {
      const days = await json("/api/pages/days");
      const known = this.days.length;
      if (JSON.stringify(days) !== JSON.stringify(this.days)) this.offer(days);
      if (!days.length) return this.nothing();
      const wanted = wishes.day || (known ? this.select.value : "");
      wishes.day = "";
      const there = days.some(({ day }) => day === wanted);
      await this.show(there ? wanted : days[days.length - 1].day);
    } catch (error) {
      this.content.replaceChildren(h("p", { class: "eb-quiet" }, `This day cannot be shown: ${error.message}.`));
      this.drawn = "";
    }
  }

  offer(days) {
    const chosen = this.select.value;
    this.days = days;
    this.select.replaceChildren(
      ...[...days].reverse().map(({ day, label }) => h("option", { value: day }, label)),
    );
    if (days.some(({ day }) => day === chosen)) this.select.value = chosen;
    this.nav.hidden = !days.length;
  }

  step(by) {
    const next = this.days[this.place() + by];
    if (next) this.show(next.day);
  }

  place() {
    return this.days.findIndex(({ day }) => day === this.select.value);
  }

  async show(day) {
    this.select.value = day;
    this.earlier.disabled = this.place() <= 0;
    this.later.disabled = this.place() >= this.days.length - 1;
    const found = await json(`/api/pages/day/${day}`);
    this.pending = found.pending;
    const text = JSON.stringify(found);
    if (text === this.drawn || this.select.value !== day) return;
    this.drawn = text;
    this.content.replaceChildren(...page(found));
  }

  nothing() {
    this.drawn = "";
    this.content.replaceChildren(
      h("div", { class: "eb-nothing" },
        h("h2", {}, "Your days will appear here"),
        h("p", {}, "Add a recording in the ", h("a", { href: "#page=library" }, "Library"),
          " and it shows up at the hour it was made.")),
    );
  }

  mark({ recording, at }) {
    for (const card of this.content.querySelectorAll(".eb-moment")) {
      const { recording: id, start, end } = card.dataset;
      card.classList.toggle("eb-on", id === recording && at >= +start && at < +end);
    }
  }
}

function page(day) {
  const facts = [day.recorded && `${day.recorded} recorded`,
    day.pending && `${day.pending} ${day.pending === 1 ? "moment" : "moments"} still being indexed`];
  return [
    h("div", { class: "eb-day-head" },
      h("p", { class: "eb-summary" }, day.summary),
      h("p", { class: "eb-facts" }, facts.filter(Boolean).join(" · ")),
      h("p", { class: "eb-facts eb-elsewhere" }, day.elsewhere)),
    overview(day),
    ...day.rows.map((row) => (row.kind === "gap" ? gap(row, "eb-gap") : hour(row))),
  ];
}

function overview(day) {
  const bar = h("div", { class: "eb-bar", role: "group", "aria-label": "The day at a glance" });
  for (const part of day.bar) {
    const block = h("button", {
      type: "button", title: part.label, "aria-label": `Go to ${part.label}`,
      onclick: () => document.querySelector(`[data-clip="${CSS.escape(part.moment)}"]`)
        ?.scrollIntoView({ behavior: "smooth", block: "center", inline: "start" }),
    });
    block.style.left = `${part.left}%`;
    block.style.width = `max(${part.width}%, 4px)`;
    bar.append(block);
  }
  const hours = ["0", "6", "12", "18", "24"].map((label) => h("span", {}, label));
  return h("div", { class: "eb-overview" }, bar, h("div", { class: "eb-scale", "aria-hidden": "true" }, ...hours));
}

function hour(row) {
  const first = row.items.find((item) => item.kind === "moment");
  return h("section", { class: "eb-hour", "aria-label": row.label },
    h("header", {},
      h("h3", {}, row.label),
      h("button", { type: "button", class: "eb-hour-play", "aria-label": `Play from ${row.label}`,
        onclick: () => start(first) }, "▶"),
      h("span", { class: "eb-facts" }, row.recorded)),
    h("div", { class: "eb-hour-body" },
      row.summary ? h("p", { class: "eb-hour-summary" }, row.summary) : null,
      h("div", { class: "eb-strip" },
        ...row.items.map((item) => (item.kind === "gap" ? gap(item, "eb-pause") : moment(item))))));
}

function gap(item, kind) {
  return h("div", { class: kind }, h("span", {}, item.label));
}

function moment(item) {
  const waiting = item.indexed ? "" : "Still being indexed …";
  return h("button", {
    type: "button", class: "eb-moment", title: [item.caption, item.speech].filter(Boolean).join("\n"),
    "data-clip": item.clip, "data-recording": item.recording, "data-start": item.offset,
    "data-end": item.end, onclick: () => start(item),
  },
  h("span", { class: "eb-picture" }, picture(item), h("time", {}, item.time)),
  h("span", { class: "eb-caption" }, item.caption || waiting),
  item.speech ? h("span", { class: "eb-speech" }, `“${item.speech}”`) : null);
}

function picture(item) {
  if (!item.picture) return h("span", { class: "eb-no-picture", "aria-hidden": "true" }, "♪");
  return h("img", { src: item.picture, alt: "", loading: "lazy", decoding: "async" });
}

function start(item) {
  const words = item.speech ? `“${item.speech}”` : item.caption;
  play({ recording: item.recording, start: item.offset, words });
}

export function mount(element) {
  const timeline = new Timeline(element);
  whileShown(element, () => timeline.refresh(), () => (timeline.pending ? 4000 : 20000));
}
