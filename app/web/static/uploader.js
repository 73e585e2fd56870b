// Files that a person chose: which are being sent, which wait, and what can be done with each.

import { h, json, pickAll } from "./dom.js";
import { discard, transfer } from "./transfer.js";
import { locale, t } from "./words.js";

/** @import { Upload } from "./types.d.ts" */

const AT_ONCE = 2;
const EACH = 0.5; // seconds between two looks at how far it is

/**
 * Sends files. `list` shows them, `status` is read aloud; `arrived` is called when one is whole.
 * @param {HTMLElement} list @param {HTMLElement} status @param {() => unknown} arrived
 */
export function uploader(list, status, arrived) {
  /** Files on their way. @type {Map<string, { state: string, send: () => unknown }>} */
  const rows = new Map();
  /** @param {string} state */
  const are = (state) => [...rows.values()].filter((one) => one.state === state);
  /** @param {string} name */
  const shown = (name) => list.querySelector(`[data-name="${CSS.escape(name)}"]`);
  /** @param {string} words */
  const tell = (words) => { status.textContent = words; };
  document.addEventListener("eb-lost", (event) => {
    const asking = document.querySelector("#eb-question .stop-button");
    if (!asking && are("sending").length) event.preventDefault(); // it goes on by itself
  });

  /** @param {Iterable<File>} files */
  function add(files) {
    for (const file of files) {
      const key = [file.name, file.size, file.lastModified].join("/");
      if (rows.has(key)) continue; // it is on its way already
      shown(file.name)?.remove(); // what an earlier visit left, or what had failed
      rows.set(key, row(file, key));
    }
    next();
  }

  /** Starts what waits, as far as there are lanes. */
  function next() {
    for (const waiting of are("waiting").slice(0, Math.max(0, AT_ONCE - are("sending").length))) waiting.send();
  }

  /** A file on its way, with its card. @param {File} file @param {string} key */
  function row(file, key) {
    const { name, size } = file;
    const self = { state: "", send }; // waiting, sending, paused or failed
    let pace = new Pace();
    const bar = h("progress", { max: 1, value: 0, "aria-label": t("Sending {name}", { name }) });
    const note = h("span", { class: "eb-facts" });
    const hold = button(press);
    const end = button(() => {
      if (self.state !== "failed") sending.stop(true);
      leave();
    });
    const element = card(name, {}, [hold, end], bar, note);
    const sending = transfer(file, { at, waits: say, whole, failed });
    list.append(element);
    turn("waiting", t("waiting …"));
    return self;

    /** Another state, and what is said of it. @param {string} state @param {string} words */
    function turn(state, words) {
      self.state = state;
      note.textContent = words;
      label(hold, state === "failed" ? t("Try again") : state === "paused" ? t("Go on") : t("Pause"), name);
      label(end, state === "failed" ? t("Dismiss") : t("Cancel"), name);
    }

    function send() {
      pace = new Pace();
      turn("sending", t("starting …"));
      sending.start();
    }

    /** @param {string} words */
    function say(words) {
      if (self.state === "sending") note.textContent = words;
    }

    /** @param {number} offset */
    function at(offset) {
      if (self.state === "sending") bar.value = offset / size;
      const parts = [`${Math.floor((100 * offset) / size)} %`, t("{done} of {total}", { done: sizeWords(offset), total: sizeWords(size) }), pace.words(offset, size)];
      say(parts.filter(Boolean).join(" · "));
    }

    /** Pauses, goes on, or tries again. */
    function press() {
      if (self.state === "failed") return add([file]);
      if (self.state === "paused") turn("waiting", t("waiting …"));
      else {
        sending.stop();
        turn("paused", t("paused at {n} %", { n: Math.floor(100 * bar.value) }));
      }
      next();
    }

    function leave() {
      self.state = "";
      element.remove();
      rows.delete(key);
      next();
    }

    function whole() {
      leave();
      tell(t("{name} has arrived.", { name }));
      arrived();
    }

    /** @param {string} words */
    function failed(words) {
      if (self.state !== "sending") return;
      turn("failed", words);
      bar.remove();
      element.classList.add("eb-failed");
      tell(t("{name} could not be sent.", { name }));
      rows.delete(key);
      next();
    }
  }

  /** Shows what an earlier visit left half sent; false where the server does not answer. */
  async function remind() {
    const left = await json("/api/uploads").catch(() => null);
    if (left === null) return false;
    for (const old of pickAll(list, "[data-left]")) if (!left.some(({ name }) => name === old.dataset.name)) old.remove();
    for (const upload of left) if (!shown(upload.name)) list.append(reminder(upload));
    return true;
  }

  return { add, remind, tell };
}

/** How fast the bytes of late went, and how long the rest will take at that. */
export class Pace {
  /** @type {[at: number, offset: number][]} */
  seen = [];

  /** @param {number} offset @param {number} size */
  words(offset, size) {
    const now = performance.now() / 1000;
    if (now - (this.seen.at(-1)?.[0] ?? -EACH) >= EACH) this.seen = [...this.seen.slice(-19), [now, offset]];
    const [[since, from]] = this.seen;
    if (now - since < 1 || offset <= from) return "";
    const speed = (offset - from) / (now - since);
    const left = (size - offset) / speed;
    const rest = left < 60 ? t("less than a minute left") : left < 5400 ? t("about {n} min left", { n: Math.round(left / 60) }) : t("about {n} h left", { n: Math.round(left / 3600) });
    return `${sizeWords(speed)}/s · ${rest}`;
  }
}

/** @param {Upload} upload */
function reminder({ id, name, percent }) {
  const bin = button(() => {
    element.remove();
    discard(id);
  });
  label(bin, t("Discard"), name);
  const element = card(name, { "data-left": true }, [bin],
    h("progress", { max: 100, value: percent, "aria-label": t("{name}, stopped", { name }) }),
    h("span", { class: "eb-facts" }, t("Stopped at {n} %. Choose the same file again and it goes on from there.", { n: percent })));
  return element;
}

/** @param {string} name @param {Record<string, boolean>} marks @param {HTMLElement[]} buttons @param {...HTMLElement} below */
const card = (name, marks, buttons, ...below) => h("li", { class: "eb-card", "data-name": name, ...marks },
  h("div", { class: "eb-card-head" }, h("strong", {}, name), h("span", { class: "eb-buttons" }, ...buttons)), ...below);

/** @param {() => unknown} onclick */
const button = (onclick) => h("button", { type: "button", class: "eb-link", onclick });

/** @param {HTMLElement} element @param {string} words @param {string} name */
function label(element, words, name) {
  element.textContent = words;
  element.ariaLabel = `${words}: ${name}`;
}

/** "4.2 MB": powers of 1000, with a digit after the point below ten and from a gigabyte on. @param {number} bytes */
export function sizeWords(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toLocaleString(locale, { maximumFractionDigits: power && (power > 2 || bytes < 10 * 1000 ** power) ? 1 : 0 })} ${units[power]}`;
}
