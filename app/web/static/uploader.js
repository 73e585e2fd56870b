// Files that a person chose: which are being sent, which wait, and what can be done with each.

import { h, json, pickAll } from "./dom.js";
import { sizeWords } from "./format.js";
import { discard, Transfer } from "./transfer.js";
import { t } from "./words.js";

/** @import { Upload } from "./types.d.ts" */

const AT_ONCE = 2;
const EACH = 0.5; // seconds between two looks at how far it is

export class Uploader {
  /**
   * `list` shows the uploads, `status` is read aloud; `arrived` is called when a file is whole.
   * @param {HTMLElement} list @param {HTMLElement} status @param {() => unknown} arrived
   */
  constructor(list, status, arrived) {
    this.list = list;
    this.status = status;
    this.arrived = arrived;
    /** @type {Row[]} */
    this.rows = [];
    document.addEventListener("eb-lost", (event) => {
      const asking = document.querySelector("#eb-question .stop-button");
      if (!asking && this.rows.some((row) => row.state === "sending")) event.preventDefault(); // it goes on by itself
    });
  }

  /** @param {Iterable<File>} files */
  add(files) {
    for (const file of files) {
      if (this.rows.some((row) => row.of(file))) continue; // it is on its way already
      this.shown(file.name)?.remove(); // what an earlier visit left, or what had failed
      const row = new Row(file, {
        changed: () => this.next(),
        dropped: () => this.drop(row),
        whole: () => this.whole(row),
        failed: () => this.failed(row),
        again: () => (this.drop(row), this.add([file])),
      });
      this.rows.push(row);
      this.list.append(row.element);
    }
    this.next();
  }

  /** Starts what waits, as far as there are lanes. */
  next() {
    const sending = this.rows.filter((row) => row.state === "sending").length;
    const waiting = this.rows.filter((row) => row.state === "waiting");
    for (const row of waiting.slice(0, Math.max(0, AT_ONCE - sending))) row.send();
  }

  /** @param {Row} row */
  whole(row) {
    this.drop(row);
    this.tell(t("{name} has arrived.", { name: row.file.name }));
    this.arrived();
  }

  /** @param {Row} row */
  failed(row) {
    this.rows = this.rows.filter((other) => other !== row);
    this.tell(t("{name} could not be sent.", { name: row.file.name }));
    this.next();
  }

  /** @param {Row} row */
  drop(row) {
    row.element.remove();
    this.rows = this.rows.filter((other) => other !== row);
    this.next();
  }

  /** @param {string} words */
  tell(words) {
    this.status.textContent = words;
  }

  /** @param {string} name */
  shown(name) {
    return this.list.querySelector(`[data-name="${CSS.escape(name)}"]`);
  }

  /** Shows what an earlier visit left half sent; false where the server does not answer. */
  async remind() {
    const left = await json("/api/uploads").catch(() => null);
    if (left === null) return false;
    const names = new Set(left.map((upload) => upload.name));
    for (const old of pickAll(this.list, "[data-left]")) if (!names.has(old.dataset.name ?? "")) old.remove();
    for (const upload of left) {
      if (!this.shown(upload.name)) this.list.append(reminder(upload));
    }
    return true;
  }
}

/** What its list does for a row. @typedef {{ changed: () => unknown, dropped: () => unknown, whole: () => unknown, failed: () => unknown, again: () => unknown }} RowActions */

class Row {
  /** @param {File} file @param {RowActions} tell */
  constructor(file, tell) {
    this.file = file;
    this.tell = tell;
    this.state = "waiting"; // or sending, paused, failed
    this.transfer = new Transfer(file, {
      at: (offset) => this.show(offset),
      waits: (words) => this.say(words),
      whole: () => tell.whole(),
      failed: (words) => this.fail(words),
    });
    this.pace = new Pace();
    this.bar = h("progress", { max: 1, value: 0, "aria-label": t("Sending {name}", { name: file.name }) });
    this.note = h("span", { class: "eb-facts" }, t("waiting …"));
    this.hold = button(t("Pause"), t("Pause sending {name}", { name: file.name }), () => this.pause());
    this.end = button(t("Cancel"), t("Cancel sending {name}", { name: file.name }), () => this.cancel());
    this.element = h("li", { class: "eb-card", "data-name": file.name },
      h("div", { class: "eb-card-head" }, h("strong", {}, file.name), h("span", { class: "eb-buttons" }, this.hold, this.end)),
      this.bar, this.note);
  }

  /** @param {File} file */
  of(file) {
    return this.file.name === file.name && this.file.size === file.size && this.file.lastModified === file.lastModified;
  }

  send() {
    this.state = "sending";
    this.pace = new Pace();
    this.say(t("starting …"));
    this.transfer.start();
  }

  /** @param {string} words */
  say(words) {
    if (this.state === "sending") this.note.textContent = words;
  }

  /** @param {number} offset */
  show(offset) {
    const { size } = this.file;
    if (this.state === "sending") this.bar.value = offset / size;
    const parts = [`${Math.floor((100 * offset) / size)} %`, t("{done} of {total}", { done: sizeWords(offset), total: sizeWords(size) }), this.pace.words(offset, size)];
    this.say(parts.filter(Boolean).join(" · "));
  }

  pause() {
    if (this.state === "paused") {
      this.state = "waiting";
      this.note.textContent = t("waiting …");
      this.hold.textContent = t("Pause");
      this.hold.setAttribute("aria-label", t("Pause sending {name}", { name: this.file.name }));
    } else {
      this.state = "paused";
      this.transfer.stop();
      this.note.textContent = t("paused at {n} %", { n: Math.floor(100 * this.bar.value) });
      this.hold.textContent = t("Go on");
      this.hold.setAttribute("aria-label", t("Go on sending {name}", { name: this.file.name }));
    }
    this.tell.changed();
  }

  cancel() {
    this.state = "cancelled";
    this.tell.dropped();
    this.transfer.stop(true);
  }

  /** @param {string} words */
  fail(words) {
    if (this.state !== "sending") return;
    this.state = "failed";
    this.bar.remove();
    this.element.classList.add("eb-failed");
    this.note.textContent = words;
    this.hold.replaceWith(button(t("Try again"), t("Try to send {name} again", { name: this.file.name }), this.tell.again));
    this.end.textContent = t("Dismiss");
    this.end.setAttribute("aria-label", t("Dismiss {name}", { name: this.file.name }));
    this.tell.failed();
  }
}

/** How fast the bytes of late went, and how long the rest will take at that. */
export class Pace {
  constructor() {
    /** @type {[at: number, offset: number][]} */
    this.seen = [];
  }

  /** @param {number} offset @param {number} size */
  words(offset, size) {
    const [now, to] = [performance.now() / 1000, offset];
    if (now - (this.seen.at(-1)?.[0] ?? 0) >= EACH || !this.seen.length) this.seen.push([now, to]);
    this.seen = this.seen.slice(-20);
    const [[since, from]] = this.seen;
    if (now - since < 1 || to <= from) return "";
    const speed = (to - from) / (now - since);
    const left = (size - offset) / speed;
    const rest = left < 60 ? t("less than a minute left") : left < 5400 ? t("about {n} min left", { n: Math.round(left / 60) }) : t("about {n} h left", { n: Math.round(left / 3600) });
    return `${sizeWords(speed)}/s · ${rest}`;
  }
}

/** @param {Upload} upload */
function reminder(upload) {
  const element = h("li", { class: "eb-card", "data-name": upload.name, "data-left": true },
    h("div", { class: "eb-card-head" }, h("strong", {}, upload.name),
      button(t("Discard"), t("Discard what arrived of {name}", { name: upload.name }), () => {
        element.remove();
        discard(upload.id);
      })),
    h("progress", { max: 100, value: upload.percent, "aria-label": t("{name}, stopped", { name: upload.name }) }),
    h("span", { class: "eb-facts" }, t("Stopped at {n} %. Choose the same file again and it goes on from there.", { n: upload.percent })));
  return element;
}

/** @param {string} words @param {string} label @param {(event: MouseEvent) => unknown} onclick */
const button = (words, label, onclick) => h("button", { type: "button", class: "eb-link", "aria-label": label, onclick }, words);
