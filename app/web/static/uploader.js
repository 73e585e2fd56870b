// Files that a person chose: which are being sent, which wait, and what can be done with each.

import { h, json, messageOf, pickAll } from "./dom.js";
import { sizeWords } from "./format.js";
import { Transfer } from "./transfer.js";
import { t } from "./words.js";

/** @import { Upload } from "./types.d.ts" */

/** @import { Progress } from "./transfer.js" */

const AT_ONCE = 2;

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
  }

  /** @param {Iterable<File>} files */
  add(files) {
    for (const file of files) {
      if (this.rows.some((row) => row.of(file))) continue; // it is on its way already
      this.shown(file.name)?.remove(); // what an earlier visit left, or what had failed
      const row = new Row(file, {
        changed: () => this.next(),
        dropped: () => this.drop(row),
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
    for (const row of waiting.slice(0, Math.max(0, AT_ONCE - sending))) this.start(row);
  }

  /** @param {Row} row */
  async start(row) {
    const end = await row.send();
    if (end === "whole") {
      this.drop(row);
      this.tell(t("{name} has arrived.", { name: row.file.name }));
      this.arrived();
    } else if (end === "failed") {
      this.rows = this.rows.filter((other) => other !== row);
      this.tell(t("{name} could not be sent.", { name: row.file.name }));
    }
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

  /** Shows what an earlier visit left half sent. */
  async remind() {
    const left = await json("/api/uploads").catch(() => null);
    if (left === null) return;
    const names = new Set(left.map((upload) => upload.name));
    for (const old of pickAll(this.list, "[data-left]")) if (!names.has(old.dataset.name ?? "")) old.remove();
    for (const upload of left) {
      if (!this.shown(upload.name)) this.list.append(reminder(upload));
    }
  }
}

/** What its list does for a row. @typedef {{ changed: () => unknown, dropped: () => unknown, again: () => unknown }} RowActions */

class Row {
  /** @param {File} file @param {RowActions} tell */
  constructor(file, tell) {
    this.file = file;
    this.tell = tell;
    this.state = "waiting"; // or sending, paused, failed
    this.transfer = new Transfer(file);
    this.stop = new AbortController();
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

  /** Sends until it is "whole", "failed", or "stopped" by the person. */
  async send() {
    this.state = "sending";
    this.stop = new AbortController();
    this.pace = new Pace();
    this.note.textContent = t("starting …");
    try {
      return (await this.transfer.run(this.stop.signal, (news) => this.show(news))) ? "whole" : "stopped";
    } catch (error) {
      this.fail(messageOf(error));
      return "failed";
    }
  }

  /** @param {Progress} progress */
  show(progress) {
    if (this.state !== "sending") return;
    if (progress.words !== undefined) {
      this.note.textContent = progress.words;
      return;
    }
    const { offset } = progress;
    const { size } = this.file;
    this.bar.value = offset / size;
    const parts = [`${Math.floor((100 * offset) / size)} %`, t("{done} of {total}", { done: sizeWords(offset), total: sizeWords(size) }), this.pace.words(offset, size)];
    this.note.textContent = parts.filter(Boolean).join(" · ");
  }

  pause() {
    if (this.state === "paused") {
      this.state = "waiting";
      this.note.textContent = t("waiting …");
      this.hold.textContent = t("Pause");
      this.hold.setAttribute("aria-label", t("Pause sending {name}", { name: this.file.name }));
    } else {
      this.state = "paused";
      this.stop.abort();
      this.note.textContent = t("paused at {n} %", { n: Math.floor(100 * this.bar.value) });
      this.hold.textContent = t("Go on");
      this.hold.setAttribute("aria-label", t("Go on sending {name}", { name: this.file.name }));
    }
    this.tell.changed();
  }

  async cancel() {
    const sent = this.state !== "failed";
    this.state = "cancelled";
    this.stop.abort();
    this.tell.dropped();
    if (sent && this.transfer.id) await discard(this.transfer.id);
  }

  /** @param {string} words */
  fail(words) {
    this.state = "failed";
    this.bar.remove();
    this.element.classList.add("eb-failed");
    this.note.textContent = words;
    this.hold.replaceWith(button(t("Try again"), t("Try to send {name} again", { name: this.file.name }), this.tell.again));
    this.end.textContent = t("Dismiss");
    this.end.setAttribute("aria-label", t("Dismiss {name}", { name: this.file.name }));
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
    this.seen.push([performance.now() / 1000, offset]);
    this.seen = this.seen.slice(-20);
    const [[since, from]] = this.seen;
    const [now, to] = this.seen[this.seen.length - 1];
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

/** @param {string} id */
const discard = (id) => json(`/api/uploads/${id}`, { method: "DELETE" }).catch(() => {});
/** @param {string} words @param {string} label @param {(event: MouseEvent) => unknown} onclick */
const button = (words, label, onclick) => h("button", { type: "button", class: "eb-link", "aria-label": label, onclick }, words);
