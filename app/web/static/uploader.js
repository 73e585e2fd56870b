// Files that a person chose: which are being sent, which wait, and what can be done with each. tus-js-client
// sends, retries and goes on; from here come checksums, how large the pieces are, and when it is in vain.

import "./vendor/tus.min.js";

import { h, json, messageOf, pickAll, refused } from "./dom.js";
import { locale, t } from "./words.js";

/** @import { DetailedError } from "tus-js-client" */
/** @import { Upload } from "./types.d.ts" */
/** What a file's list hears of it. @typedef {{ at: (offset: number) => unknown, waits: (words: string) => unknown, whole: () => unknown, failed: (words: string) => unknown }} Listener */

const { tus } = globalThis;
const UPLOADS = `${location.origin}/api/uploads`;
const BLOCK = 8 * 2 ** 20; // what the first hash is of, and the largest piece
const SMALLEST = 2 ** 18; // on a line that keeps breaking, small pieces arrive
const DAMAGED_AT_MOST = 5; // pieces in a row
/** Milliseconds before each further try, as long as the page is open. */
const WAITS = Array.from({ length: 100_000 }, (_, tries) => Math.min(1000 * tries, 15_000));
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

/** The file is not what it was, or not there: no use in trying again. */
class UnreadableFile extends Error {}

/** A file that is sent from `start()` to `stop()`, which may throw away what has arrived. @param {File} file @param {Listener} tell */
export function transfer(file, tell) {
  let turns = 0; // how often it was started or stopped
  let checksum = "";
  /** @type {Promise<import("tus-js-client").Upload> | null} */
  let prepared = null;

  async function start() {
    const turn = ++turns;
    try {
      prepared ??= prepare();
      const upload = await prepared;
      if (turn === turns) upload.start();
    } catch (error) {
      prepared = null;
      tell.failed(messageOf(error));
    }
  }

  function stop(discarding = false) {
    turns++;
    return prepared?.then((upload) => upload.abort(discarding)).catch(() => {});
  }

  async function prepare() {
    const { name, size, lastModified, type } = file;
    const modified = lastModified / 1000;
    // Cameras whose clock starts anew name and date different films alike.
    const first = size ? hex(await sha256(await read(file.slice(0, BLOCK)))) : "";
    const unfinished = await json("/api/uploads").catch(() => []);
    const known = unfinished.find((one) => one.name === name && one.size === size && one.first === first && Math.abs(one.modified - modified) < 0.001);
    const upload = new tus.Upload(file, {
      endpoint: UPLOADS,
      uploadUrl: known ? `${UPLOADS}/${known.id}` : null,
      metadata: { filename: name, filetype: type, modified: String(modified), first },
      storeFingerprintForResuming: false, // the server knows, and names of films are nobody else's
      chunkSize: BLOCK,
      retryDelays: WAITS,
      fileReader: { openFile: async () => ({ size, slice, close() {} }) },
      onBeforeRequest(request) {
        if (request.getMethod() === "PATCH" && checksum) request.setHeader("Upload-Checksum", `sha256 ${checksum}`);
      },
      onProgress: tell.at,
      onChunkComplete: () => (upload.options.chunkSize = Math.min(BLOCK, 2 * (upload.options.chunkSize ?? BLOCK))),
      onShouldRetry: (error, tries) => recover(error, tries, upload.options),
      onSuccess: () => tell.whole(),
      onError: async (error) => tell.failed(await wordsOf(error)),
    });
    return upload;
  }

  /** A piece of the file, whose checksum goes with it. @param {number} from @param {number} to @returns {Promise<{ value: Blob, done: boolean }>} */
  async function slice(from, to) {
    const before = turns;
    const bytes = await read(file.slice(from, to));
    // A request that is aborted before it is sent loses its headers, and would go all the same.
    if (before !== turns) return new Promise(() => {});
    checksum = btoa(String.fromCharCode(...await sha256(bytes)));
    return { value: new Blob([bytes]), done: to >= file.size };
  }

  /** Whether to try again, and what is said until then. @param {DetailedError} error @param {number} tries @param {{ chunkSize?: number }} options */
  function recover(error, tries, options) {
    const status = error.originalResponse?.getStatus() ?? 0;
    if (error.causingError instanceof UnreadableFile) return false;
    if (status === 460) return tries < DAMAGED_AT_MOST;
    if (status === 404 || status === 409) return true; // another window has sent, or finished it
    if (status === 429 && error.originalResponse?.getHeader("Retry-After")) return true; // many small files
    if (status === 503 || status === 507) { // not writable, or no room: a person can change that
      wordsOf(error).then((what) => tell.waits(t("{what}. Trying again …", { what })));
      return true;
    }
    if (status && status < 500) return false;
    tell.waits(t("no connection to the server; trying again …"));
    options.chunkSize = Math.max(SMALLEST, (options.chunkSize ?? BLOCK) / 2);
    return true;
  }

  return { start, stop };
}

/** Throws away what arrived of an upload. @param {string} id */
const discard = (id) => tus.Upload.terminate(`${UPLOADS}/${id}`, { retryDelays: null }).catch(() => {});

/** What an error says to the person. @param {Error | DetailedError} error */
async function wordsOf(error) {
  const { causingError, originalResponse } = /** @type {Partial<DetailedError>} */ (error);
  if (causingError || !originalResponse) return messageOf(causingError ?? error);
  const data = await new Response(originalResponse.getBody()).json().catch(() => null); // of something between here and there
  return refused(originalResponse.getStatus(), data).message;
}

/** @param {Blob} part */
const read = (part) => part.arrayBuffer().catch(() => {
  throw new UnreadableFile(t("The file cannot be read any more: it was changed, moved or unplugged. Choose it again."));
});

/** None where the browser cannot count one, as without https. @param {BufferSource} bytes */
const sha256 = async (bytes) => new Uint8Array(crypto.subtle ? await crypto.subtle.digest("SHA-256", bytes) : []);
/** @param {Uint8Array} bytes */
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
