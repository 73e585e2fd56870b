// Library: what was added, how far each recording is, and what to do where something failed.

import { h, json, openPage, post, whileShown, wishes } from "./dom.js";
import { Uploader } from "./uploader.js";

class Library {
  constructor(element) {
    this.shelf = element.querySelector(".eb-shelf");
    this.drawn = "";
    this.busy = false;
    this.uploader = new Uploader(element.querySelector(".eb-sending"), () => this.again());
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
      found = await json("/api/library");
    } catch (error) {
      found = { error: `The library cannot be shown: ${error.message}.`, entries: [] };
    }
    this.busy = Boolean(found.busy);
    const text = JSON.stringify(found);
    if (text === this.drawn) return;
    this.drawn = text;
    this.shelf.replaceChildren(...shelf(found, () => this.again()));
  }
}

function shelf(found, refresh) {
  if (found.error) return [h("p", { class: "eb-quiet" }, found.error)];
  const heading = found.entries.length ? h("h2", {}, "Your recordings") : "";
  const empty = h("p", { class: "eb-quiet" }, "Nothing here yet. The first recording that you add can be asked about within minutes.");
  return [
    heading,
    found.entries.length
      ? h("ul", { class: "eb-entries" }, ...found.entries.map((entry) => card(entry, refresh)))
      : empty,
    h("details", { class: "eb-models" }, h("summary", {}, "What runs on this computer"), h("p", {}, found.note)),
  ].filter(Boolean);
}

function card(entry, refresh) {
  const about = [entry.when, entry.length, entry.source, entry.silent ? "without sound" : "",
    entry.kind === "audio" ? "sound only" : ""];
  return h("li", { class: `eb-card eb-is-${entry.status}` },
    h("div", { class: "eb-card-head" },
      h("strong", {}, entry.name),
      h("span", { class: "eb-badge" }, entry.words)),
    h("span", { class: "eb-facts" }, about.filter(Boolean).join(" · ")),
    entry.message ? h("p", { class: "eb-message" }, entry.message) : null,
    working(entry) ? h("div", { class: "eb-stages" }, ...stages(entry)) : null,
    actions(entry, refresh));
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
  if (entry.status === "failed") {
    const retry = () => post("/api/pages/retry", { key: entry.key }).catch(() => {}).then(refresh);
    return h("button", { type: "button", class: "eb-link", onclick: retry }, "Try again");
  }
  if (entry.status !== "ready" && entry.status !== "partial") return null;
  const show = () => {
    wishes.day = entry.day;
    openPage("timeline");
  };
  return h("button", { type: "button", class: "eb-link", onclick: show }, "Show in the timeline");
}

export function mount(element) {
  new Library(element);
}
