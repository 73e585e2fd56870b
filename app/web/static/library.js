// Library: what was added, what is being worked on, and what to do where something failed.

import { h, json, openPage, post, whileShown, wishes } from "./dom.js";
import { Uploader } from "./uploader.js";

const WAITING_SHOWN = 8; // cards of files that wait for their turn; the rest are counted

class Library {
  constructor(element) {
    this.shelf = element.querySelector(".eb-shelf");
    this.drawn = "";
    this.busy = false;
    const sending = element.querySelector(".eb-sending");
    this.uploader = new Uploader(sending, element.querySelector(".eb-told"), () => this.again());
    this.again = whileShown(element, () => this.refresh(), () => (this.busy ? 1000 : 8000));
    this.listen(element.querySelector(".eb-drop"), element.querySelector("input"));
  }

  listen(drop, input) {
    const take = () => {
      this.uploader.add([...input.files]);
      input.value = "";
    };
    input.addEventListener("change", take);
    if (input.files.length) take(); // chosen before this script was there
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle("eb-over", name === "dragenter" || name === "dragover");
        if (name === "drop") this.uploader.add(event.dataTransfer.files);
      });
    }
  }

  async refresh() {
    this.uploader.remind();
    let found;
    try {
      found = await json("/api/queue");
    } catch (error) {
      found = { error: `The library cannot be shown: ${error.message}.`, entries: [] };
    }
    this.busy = Boolean(found.busy);
    const text = JSON.stringify(found);
    if (text === this.drawn) return;
    this.drawn = text;
    redraw(this.shelf, shelf(found, () => this.again()));
  }
}

/** Puts new nodes in, and leaves the keyboard and what was opened where they were. */
function redraw(place, nodes) {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : "";
  const opened = [...place.querySelectorAll("details[open]")].map((one) => one.dataset.key);
  place.replaceChildren(...nodes);
  for (const one of place.querySelectorAll("details")) one.open = opened.includes(one.dataset.key);
  if (focused) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function shelf(found, refresh) {
  if (found.error) return [h("p", { class: "eb-quiet", role: "alert" }, found.error)];
  const stuck = found.entries.filter((entry) => entry.retry);
  const coming = found.entries.filter((entry) => !entry.retry && ["waiting", "indexing"].includes(entry.status));
  const there = found.entries.filter((entry) => !stuck.includes(entry) && !coming.includes(entry));
  return [
    ...queue(found, coming, refresh),
    ...failures(stuck, refresh),
    ...recordings(there, found.entries.length, refresh),
    found.storage ? h("p", { class: found.storage.low ? "eb-storage eb-low" : "eb-storage" }, found.storage.words) : "",
    h("details", { class: "eb-models", "data-key": "models" }, h("summary", {}, "What runs on this computer"), h("p", {}, found.models)),
  ].filter(Boolean);
}

function queue(found, coming, refresh) {
  const note = found.note ? h("p", { class: "eb-message eb-note" }, found.note) : "";
  if (!coming.length && !found.left && !found.paused) return [note];
  const act = () => post(`/api/queue/${found.paused ? "resume" : "pause"}`, {}).catch(() => {}).then(refresh);
  const first = coming.filter((entry) => entry.status === "indexing");
  const rest = coming.filter((entry) => entry.status !== "indexing");
  const hidden = rest.length - WAITING_SHOWN;
  const shown = [...first, ...rest.slice(0, WAITING_SHOWN)];
  return [
    h("h2", {}, found.paused ? "Paused" : "On its way"),
    h("div", { class: "eb-queue" },
      h("span", { class: "eb-queue-words" }, found.words),
      h("button", { type: "button", class: "eb-link", "data-key": "hold", onclick: act }, found.paused ? "Go on" : "Pause")),
    note,
    shown.length ? h("ul", { class: "eb-entries" }, ...shown.map((entry) => card(entry, refresh))) : "",
    hidden > 0 ? h("p", { class: "eb-facts" }, `… and ${hidden} more after these`) : "",
  ];
}

function failures(stuck, refresh) {
  if (!stuck.length) return [];
  const ids = stuck.map((entry) => entry.job);
  const all = () => post("/api/queue/retry", { ids }).catch(() => {}).then(refresh);
  return [
    h("div", { class: "eb-group" },
      h("h2", {}, "Needs a look"),
      stuck.length > 1 ? h("button", { type: "button", class: "eb-link", "data-key": "retry-all", onclick: all }, "Try all again") : ""),
    h("ul", { class: "eb-entries" }, ...stuck.map((entry) => card(entry, refresh))),
  ];
}

function recordings(there, total, refresh) {
  if (there.length) {
    return [h("h2", {}, "Your recordings"), h("ul", { class: "eb-entries" }, ...there.map((entry) => card(entry, refresh)))];
  }
  if (total) return [];
  return [h("p", { class: "eb-quiet" }, "Nothing here yet. The first recording that you add can be asked about within minutes.")];
}

function card(entry, refresh) {
  const parts = entry.parts.length > 1 ? `${entry.parts.length} files` : "";
  const about = [entry.when, entry.length, parts, entry.kind, entry.silent ? "without sound" : "", entry.source, entry.place];
  return h("li", { class: `eb-card eb-is-${entry.status}` },
    h("div", { class: "eb-card-head" },
      h("strong", {}, entry.name),
      h("span", { class: "eb-badge" }, entry.words)),
    h("span", { class: "eb-facts" }, about.filter(Boolean).join(" · ")),
    entry.message ? h("p", { class: "eb-message" }, entry.message) : null,
    damage(entry),
    working(entry) ? h("div", { class: "eb-stages" }, ...stages(entry)) : null,
    actions(entry, refresh));
}

function damage({ key, damage: stretches }) {
  if (!stretches.length) return null;
  if (stretches.length < 4) return h("p", { class: "eb-message" }, stretches.join(", "));
  return h("details", { class: "eb-message", "data-key": `damage-${key}` },
    h("summary", {}, `${stretches.length} stretches cannot be read`),
    h("ul", {}, ...stretches.map((words) => h("li", {}, words))));
}

function working(entry) {
  return entry.stages.length > 0 && ["waiting", "indexing"].includes(entry.status);
}

function stages({ stages: all, status }) {
  const complete = ({ done, total }) => total > 0 && done >= total;
  const current = status === "indexing" ? all.find((one) => !complete(one)) : null;
  return all.map((one) => stage(one, complete(one), one === current));
}

function stage({ words, done, total }, complete, current) {
  const far = complete ? "done" : done ? `${done} of ${total}` : current ? "working …" : "to do";
  return h("div", { class: current ? "eb-stage eb-at-work" : "eb-stage" },
    h("span", {}, words),
    h("progress", { max: Math.max(total, 1), value: done, "aria-label": words }),
    h("span", { class: "eb-facts" }, far));
}

function actions(entry, refresh) {
  if (entry.retry) {
    const retry = () => post("/api/queue/retry", { ids: [entry.job] }).catch(() => {}).then(refresh);
    return h("button", { type: "button", class: "eb-link", "data-key": `retry-${entry.key}`, "aria-label": `Try ${entry.name} again`, onclick: retry }, "Try again");
  }
  if (entry.status !== "ready" && entry.status !== "partial") return null;
  const show = () => {
    wishes.day = entry.day;
    openPage("timeline");
  };
  return h("button", { type: "button", class: "eb-link", "data-key": `show-${entry.key}`, onclick: show }, "Show in the timeline");
}

export function mount(element) {
  new Library(element);
}
