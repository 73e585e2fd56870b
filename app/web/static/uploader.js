// Sends files in pieces that the server counts, so an upload survives reloads and broken lines.

import { h, json, post } from "./dom.js";

const PIECE = 8 * 2 ** 20;
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

export class Uploader {
  /** `list` shows the uploads; `arrived` is called when a file is whole. */
  constructor(list, arrived) {
    this.list = list;
    this.arrived = arrived;
    this.queue = Promise.resolve();
    this.sending = new Set();
  }

  add(files) {
    for (const file of files) {
      const row = new Row(file.name, file.size);
      this.list.querySelector(`[data-name="${CSS.escape(file.name)}"]`)?.remove();
      this.list.append(row.element);
      this.sending.add(file.name);
      this.queue = this.queue.then(() => this.one(file, row));
    }
  }

  async one(file, row) {
    try {
      const whole = await send(file, row);
      if (whole) {
        row.element.remove();
        this.arrived();
      }
    } catch (error) {
      row.fail(error.message);
    } finally {
      this.sending.delete(file.name);
    }
  }

  /** Shows what an earlier visit left half sent. */
  async remind() {
    const left = await json("/api/uploads").catch(() => []);
    for (const upload of left) {
      const shown = this.list.querySelector(`[data-name="${CSS.escape(upload.name)}"]`);
      if (!shown && !this.sending.has(upload.name)) this.list.append(reminder(upload));
    }
  }
}

async function send(file, row) {
  let state = await begin(file);
  row.cancel = () => json(`/api/uploads/${state.id}`, { method: "DELETE" }).catch(() => {});
  const from = state.percent;
  let patience = 0;
  while (!state.done) {
    if (row.cancelled) return false;
    row.show(state.offset, from ? `went on at ${from} %` : "");
    try {
      state = await sendPiece(file, state);
      patience = 0;
    } catch (error) {
      if (row.cancelled) return false;
      if (error.status === 409) state = { ...state, offset: error.data.offset };
      else if (error.status) throw error;
      else { // no answer at all: the line or the server is away for a while
        row.say("no connection to the server; trying again …");
        await wait(Math.min(1000 * 2 ** patience++, 15000));
      }
    }
  }
  row.show(file.size, "");
  return true;
}

function begin(file) {
  return post("/api/uploads", { name: file.name, size: file.size, modified: file.lastModified / 1000 });
}

function sendPiece(file, state) {
  return json(`/api/uploads/${state.id}`, {
    method: "PATCH",
    headers: { "Upload-Offset": String(state.offset), "Content-Type": "application/octet-stream" },
    body: file.slice(state.offset, state.offset + PIECE),
  });
}

class Row {
  constructor(name, size) {
    this.size = size;
    this.cancelled = false;
    this.cancel = () => {};
    this.bar = h("progress", { max: 1, value: 0, "aria-label": `Sending ${name}` });
    this.note = h("span", { class: "eb-facts" }, "waiting …");
    this.stop = h("button", { type: "button", class: "eb-link", onclick: () => this.end() }, "Cancel");
    this.element = h("li", { class: "eb-card", "data-name": name },
      h("div", { class: "eb-card-head" }, h("strong", {}, name), this.stop), this.bar, this.note);
  }

  show(offset, more) {
    this.bar.value = offset / this.size;
    const percent = Math.floor((100 * offset) / this.size);
    this.say([`${percent} %`, `${megabytes(offset)} of ${megabytes(this.size)}`, more].filter(Boolean).join(" · "));
  }

  say(words) {
    this.note.textContent = words;
  }

  fail(words) {
    this.bar.remove();
    this.element.classList.add("eb-failed");
    this.say(words);
    this.stop.textContent = "Dismiss";
  }

  end() {
    this.cancelled = true;
    this.cancel();
    this.element.remove();
  }
}

function reminder(upload) {
  const element = h("li", { class: "eb-card", "data-name": upload.name },
    h("div", { class: "eb-card-head" }, h("strong", {}, upload.name),
      h("button", { type: "button", class: "eb-link", onclick: async () => {
        await json(`/api/uploads/${upload.id}`, { method: "DELETE" }).catch(() => {});
        element.remove();
      } }, "Discard")),
    h("progress", { max: 100, value: upload.percent }),
    h("span", { class: "eb-facts" }, `Stopped at ${upload.percent} %. Choose the same file again and it goes on from there.`));
  return element;
}
