// Files that a person chose: which are being sent, which wait, and what can be done with each.

import { h, json } from "./dom.js";
import { Transfer } from "./transfer.js";

const AT_ONCE = 2;

export class Uploader {
  /** `list` shows the uploads, `status` is read aloud; `arrived` is called when a file is whole. */
  constructor(list, status, arrived) {
    this.list = list;
    this.status = status;
    this.arrived = arrived;
    this.rows = [];
  }

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

  async start(row) {
    const end = await row.send();
    if (end === "whole") {
      this.drop(row);
      this.tell(`${row.file.name} has arrived.`);
      this.arrived();
    } else if (end === "failed") {
      this.rows = this.rows.filter((other) => other !== row);
      this.tell(`${row.file.name} could not be sent.`);
    }
    this.next();
  }

  drop(row) {
    row.element.remove();
    this.rows = this.rows.filter((other) => other !== row);
    this.next();
  }

  tell(words) {
    this.status.textContent = words;
  }

  shown(name) {
    return this.list.querySelector(`[data-name="${CSS.escape(name)}"]`);
  }

  /** Shows what an earlier visit left half sent. */
  async remind() {
    const left = await json("/api/uploads").catch(() => null);
    if (left === null) return;
    const names = new Set(left.map((upload) => upload.name));
    for (const old of this.list.querySelectorAll("[data-left]")) if (!names.has(old.dataset.name)) old.remove();
    for (const upload of left) {
      if (!this.shown(upload.name)) this.list.append(reminder(upload));
    }
  }
}

class Row {
  constructor(file, tell) {
    this.file = file;
    this.tell = tell;
    this.state = "waiting"; // or sending, paused, failed
    this.transfer = new Transfer(file);
    this.stop = new AbortController();
    this.pace = new Pace();
    this.bar = h("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
    this.note = h("span", { class: "eb-facts" }, "waiting …");
    this.hold = button("Pause", `Pause sending ${file.name}`, () => this.pause());
    this.end = button("Cancel", `Cancel sending ${file.name}`, () => this.cancel());
    this.element = h("li", { class: "eb-card", "data-name": file.name },
      h("div", { class: "eb-card-head" }, h("strong", {}, file.name), h("span", { class: "eb-buttons" }, this.hold, this.end)),
      this.bar, this.note);
  }

  of(file) {
    return this.file.name === file.name && this.file.size === file.size && this.file.lastModified === file.lastModified;
  }

  /** Sends until it is "whole", "failed", or "stopped" by the person. */
  async send() {
    this.state = "sending";
    this.stop = new AbortController();
    this.pace = new Pace();
    this.note.textContent = "starting …";
    try {
      return (await this.transfer.run(this.stop.signal, (news) => this.show(news))) ? "whole" : "stopped";
    } catch (error) {
      this.fail(error.message);
      return "failed";
    }
  }

  show({ offset, words }) {
    if (this.state !== "sending") return;
    if (words) {
      this.note.textContent = words;
      return;
    }
    const { size } = this.file;
    this.bar.value = offset / size;
    const parts = [`${Math.floor((100 * offset) / size)} %`, `${bytes(offset)} of ${bytes(size)}`, this.pace.words(offset, size)];
    this.note.textContent = parts.filter(Boolean).join(" · ");
  }

  pause() {
    if (this.state === "paused") {
      this.state = "waiting";
      this.note.textContent = "waiting …";
      this.hold.textContent = "Pause";
      this.hold.setAttribute("aria-label", `Pause sending ${this.file.name}`);
    } else {
      this.state = "paused";
      this.stop.abort();
      this.note.textContent = `paused at ${Math.floor(100 * this.bar.value)} %`;
      this.hold.textContent = "Go on";
      this.hold.setAttribute("aria-label", `Go on sending ${this.file.name}`);
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

  fail(words) {
    this.state = "failed";
    this.bar.remove();
    this.element.classList.add("eb-failed");
    this.note.textContent = words;
    this.hold.replaceWith(button("Try again", `Try to send ${this.file.name} again`, this.tell.again));
    this.end.textContent = "Dismiss";
    this.end.setAttribute("aria-label", `Dismiss ${this.file.name}`);
  }
}

/** How fast the bytes of late went, and how long the rest will take at that. */
class Pace {
  constructor() {
    this.seen = [];
  }

  words(offset, size) {
    this.seen.push([performance.now() / 1000, offset]);
    this.seen = this.seen.slice(-20);
    const [[since, from]] = this.seen;
    const [now, to] = this.seen.at(-1);
    if (now - since < 1 || to <= from) return "";
    const speed = (to - from) / (now - since);
    const left = (size - offset) / speed;
    const rest = left < 60 ? "less than a minute left" : left < 5400 ? `about ${Math.round(left / 60)} min left` : `about ${Math.round(left / 3600)} h left`;
    return `${bytes(speed)}/s · ${rest}`;
  }
}

function reminder(upload) {
  const element = h("li", { class: "eb-card", "data-name": upload.name, "data-left": true },
    h("div", { class: "eb-card-head" }, h("strong", {}, upload.name),
      button("Discard", `Discard what arrived of ${upload.name}`, () => {
        element.remove();
        discard(upload.id);
      })),
    h("progress", { max: 100, value: upload.percent, "aria-label": `${upload.name}, stopped` }),
    h("span", { class: "eb-facts" }, `Stopped at ${upload.percent} %. Choose the same file again and it goes on from there.`));
  return element;
}

const discard = (id) => json(`/api/uploads/${id}`, { method: "DELETE" }).catch(() => {});
const button = (words, label, onclick) => h("button", { type: "button", class: "eb-link", "aria-label": label, onclick }, words);
const bytes = (n) => (n >= 1e9 ? `${(n / 1e9).toFixed(1)} GB` : `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`);
