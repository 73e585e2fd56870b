// Library: what was added, what is being worked on, and what to do where something failed.

import { focused, h, json, messageOf, openPage, pick, pickAll, post, whileShown, wishes } from "./dom.js";
import { askForDate, askToDelete, askToShift } from "./library_dialogs.js";
import { Find } from "./library_find.js";
import { storageTable } from "./library_storage.js";
import { Tools } from "./library_tools.js";
import { receive } from "./shared.js";
import { Uploader } from "./uploader.js";
import { toPrivacy } from "./ways.js";
import { t } from "./words.js";

/** @import { LibraryEntry, LibraryPage, Stage } from "./types.d.ts" */

/** Looks at the library again. @typedef {() => unknown} Refresh */

class Library {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.shelf = pick(element, ".eb-shelf");
    this.drawn = "";
    this.busy = false;
    this.uploader = new Uploader(pick(element, ".eb-sending"), pick(element, ".eb-told"), () => this.again());
    this.find = new Find(pick(element, ".eb-find"), () => this.again());
    this.tools = new Tools(pick(element, ".eb-tools"), () => this.again());
    this.again = whileShown(element, () => this.refresh(), () => (this.busy ? 1000 : 8000));
    this.listen(pick(element, ".eb-drop"), pick(element, "input", HTMLInputElement));
    this.introduce(element);
    receive((files) => this.uploader.add(files), () => this.uploader.tell(t("What was shared did not arrive. Share it once more.")));
  }

  /** @param {HTMLElement} element */
  introduce(element) {
    pick(element, ".eb-drop-title").textContent = t("Add recordings");
    pick(element, ".eb-drop-text").replaceChildren(
      t("Drop videos, sound files or photos here, or press to choose them."), h("br"),
      t("They go to a folder on this computer, nowhere else. A broken upload goes on where it stopped."));
  }

  /** @param {HTMLElement} drop @param {HTMLInputElement} input */
  listen(drop, input) {
    const take = () => {
      this.uploader.add([...input.files ?? []]);
      input.value = "";
    };
    input.addEventListener("change", take);
    if (input.files?.length) take(); // chosen before this script was there
    for (const name of /** @type {const} */ (["dragenter", "dragover", "dragleave", "drop"])) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle("eb-over", name === "dragenter" || name === "dragover");
        if (name === "drop") this.uploader.add(event.dataTransfer?.files ?? []);
      });
    }
  }

  async refresh() {
    this.uploader.remind();
    this.tools.refresh();
    try {
      const found = await json(`/api/queue?${this.find.query()}`);
      this.find.found(found);
      this.busy = found.busy;
      this.draw(JSON.stringify(found), () => shelf(found, this.find, () => this.again()));
    } catch (error) {
      this.busy = false;
      const words = t("The library cannot be shown: {why}.", { why: messageOf(error) });
      this.draw(words, () => [h("p", { class: "eb-quiet", role: "alert" }, words)]);
    }
  }

  /** Draws the shelf anew where its `state` is another one. @param {string} state @param {() => Node[]} nodes */
  draw(state, nodes) {
    if (state === this.drawn) return;
    this.drawn = state;
    redraw(this.shelf, nodes());
  }
}

/** Puts new nodes in, and leaves the keyboard and what was opened where they were. @param {HTMLElement} place @param {Node[]} nodes */
function redraw(place, nodes) {
  const key = place.contains(document.activeElement) ? focused()?.dataset.key : "";
  const opened = pickAll(place, "details[open]").map((details) => details.dataset.key);
  place.replaceChildren(...nodes);
  for (const one of place.querySelectorAll("details")) one.open = opened.includes(one.dataset.key);
  if (key) pickAll(place, `[data-key="${CSS.escape(key)}"]`)[0]?.focus({ preventScroll: true });
}

/** @param {LibraryPage} found @param {Find} find @param {Refresh} refresh @returns {Node[]} */
function shelf(found, find, refresh) {
  const stuck = found.entries.filter((entry) => entry.retry);
  const coming = found.entries.filter((entry) => !entry.retry && ["waiting", "indexing"].includes(entry.status));
  const there = found.entries.filter((entry) => !stuck.includes(entry) && !coming.includes(entry));
  return [
    ...queue(found, coming, refresh),
    ...failures(found, stuck, refresh),
    ...recordings(found, there, find, refresh),
    found.storage ? h("details", { class: "eb-models", "data-key": "storage" },
      h("summary", { class: found.storage.low ? "eb-low" : "" }, t("Room on the disk")), ...storageTable(found.storage)) : "",
    h("details", { class: "eb-models", "data-key": "models" }, h("summary", {}, t("What runs on this computer")), h("p", {}, found.models)),
  ].filter((part) => part instanceof Node);
}

/** @param {LibraryPage} found @param {LibraryEntry[]} coming @param {Refresh} refresh */
function queue(found, coming, refresh) {
  const note = found.note ? h("p", { class: "eb-message eb-note" }, found.note) : "";
  if (!coming.length && !found.left && !found.paused) return [note];
  const act = () => post(`/api/queue/${found.paused ? "resume" : "pause"}`, {}).catch(() => {}).then(refresh);
  const hidden = found.counts.coming - coming.length;
  return [
    h("h2", {}, found.paused ? t("Paused") : t("On its way")),
    h("div", { class: "eb-queue" },
      h("span", { class: "eb-queue-words" }, found.words),
      h("button", { type: "button", class: "eb-link", "data-key": "hold", onclick: act }, found.paused ? t("Go on") : t("Pause"))),
    note,
    coming.length ? h("ul", { class: "eb-entries" }, ...coming.map((entry) => card(entry, refresh))) : "",
    hidden > 0 ? h("p", { class: "eb-facts" }, t("… and {n} more after these", { n: hidden })) : "",
  ];
}

/** @param {LibraryPage} found @param {LibraryEntry[]} stuck @param {Refresh} refresh */
function failures(found, stuck, refresh) {
  if (!stuck.length) return [];
  const hidden = found.counts.stuck - stuck.length;
  const ids = hidden > 0 ? null : stuck.map((entry) => entry.job);
  const all = () => post("/api/queue/retry", { ids }).catch(() => {}).then(refresh);
  return [
    h("div", { class: "eb-group" },
      h("h2", {}, t("Needs a look")),
      stuck.length > 1 ? h("button", { type: "button", class: "eb-link", "data-key": "retry-all", onclick: all }, t("Try all again")) : ""),
    h("ul", { class: "eb-entries" }, ...stuck.map((entry) => card(entry, refresh))),
    hidden > 0 ? h("p", { class: "eb-facts" }, t("… and {n} more", { n: hidden })) : "",
  ];
}

/** @param {LibraryPage} found @param {LibraryEntry[]} there @param {Find} find @param {Refresh} refresh */
function recordings(found, there, find, refresh) {
  if (there.length) {
    const list = h("ul", { class: "eb-entries" }, ...there.map((entry) => card(entry, refresh)));
    return [h("h2", {}, t("Your recordings")), list, find.pages(found, there.length)];
  }
  if (find.asks) return [h("p", { class: "eb-quiet" }, t("No recording fits what you look for."))];
  if (found.entries.length) return [];
  return [h("p", { class: "eb-quiet" }, t("Nothing here yet. The first recording that you add can be asked about within minutes."))];
}

/** @param {LibraryEntry} entry @param {Refresh} refresh */
function card(entry, refresh) {
  const parts = entry.parts.length > 1 ? t("{n} files", { n: entry.parts.length }) : "";
  const about = [entry.when, entry.length, parts, entry.kind, entry.silent ? t("without sound") : "", entry.source, entry.place];
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

/** @param {LibraryEntry} entry */
function damage({ key, damage: stretches }) {
  if (!stretches.length) return null;
  if (stretches.length < 4) return h("p", { class: "eb-message" }, stretches.join(", "));
  return h("details", { class: "eb-message", "data-key": `damage-${key}` },
    h("summary", {}, t("{n} stretches cannot be read", { n: stretches.length })),
    h("ul", {}, ...stretches.map((words) => h("li", {}, words))));
}

/** @param {LibraryEntry} entry */
function working(entry) {
  return entry.stages.length > 0 && ["waiting", "indexing"].includes(entry.status);
}

/** @param {LibraryEntry} entry */
function stages({ stages: all, status }) {
  /** @param {Stage} stage */
  const complete = ({ done, total }) => total > 0 && done >= total;
  const current = status === "indexing" ? all.find((one) => !complete(one)) : null;
  return all.map((one) => stage(one, complete(one), one === current));
}

/** @param {Stage} stage @param {boolean} complete @param {boolean} current */
function stage({ words, done, total }, complete, current) {
  const far = complete ? t("done") : done ? t("{done} of {total}", { done, total }) : current ? t("working …") : t("to do");
  return h("div", { class: current ? "eb-stage eb-at-work" : "eb-stage" },
    h("span", {}, words),
    h("progress", { max: Math.max(total, 1), value: done, "aria-label": words }),
    h("span", { class: "eb-facts" }, far));
}

/** @param {LibraryEntry} entry @param {Refresh} refresh */
function actions(entry, refresh) {
  const { key, name } = entry;
  const buttons = [];
  if (entry.forgotten) {
    const allow = () => post("/api/library/allow", { job: entry.job }).catch(() => {}).then(refresh);
    buttons.push(link(t("Add it all the same"), `allow-${key}`, allow, t("Add {name} all the same", { name })));
  } else if (entry.retry) {
    const retry = () => post("/api/queue/retry", { ids: [entry.job] }).catch(() => {}).then(refresh);
    buttons.push(link(t("Try again"), `retry-${key}`, retry, t("Try {name} again", { name })));
  } else if (entry.status === "ready" || entry.status === "partial") {
    const show = () => {
      wishes.day = entry.day ?? "";
      openPage("timeline");
    };
    buttons.push(link(t("Show in the timeline"), `show-${key}`, show));
  }
  if (entry.recording) {
    if (entry.undated) buttons.push(link(t("Set its date"), `date-${key}`, () => askForDate(entry, refresh), t("Set the date of {name}", { name })));
    else buttons.push(link(t("Set its time"), `time-${key}`, () => askToShift(entry, refresh), t("Set the time of {name}", { name })));
  }
  if (entry.recording) {
    const some = () => toPrivacy({ kind: "span", start: entry.start, end: entry.end, only: { id: entry.recording, name } });
    buttons.push(link(t("Forget a part …"), `forget-${key}`, some, t("Forget a part of {name} …", { name })));
  }
  if (entry.recording || entry.job) {
    buttons.push(link(t("Delete"), `delete-${key}`, () => askToDelete(entry, refresh), t("Delete {name}", { name })));
  }
  return h("div", { class: "eb-actions" }, ...buttons);
}

/** @param {string} words @param {string} key @param {() => unknown} onclick */
function link(words, key, onclick, label = words) {
  return h("button", { type: "button", class: "eb-link", "data-key": key, "aria-label": label, onclick }, words);
}

/** @param {HTMLElement} element */
export function mount(element) {
  pick(element, ".eb-lib").setAttribute("aria-label", t("Library"));
  new Library(element);
}
