// Sends one file in pieces that the server counts and checks, whatever the line does meanwhile.

import { HttpError, json, messageOf, post } from "./dom.js";
import { t } from "./words.js";

const BLOCK = 8 * 2 ** 20; // what the tree hash is made of, and the largest piece
const SMALLEST = 2 ** 18; // on a line that keeps breaking, small pieces arrive
const LONGEST_WAIT = 15_000;
const ROOM_WAIT = 10_000;
const DAMAGED_AT_MOST = 5; // pieces in a row

/**
 * How far an upload is; `offset` is where to go on from.
 * @typedef {{ offset: number, done: boolean }} UploadState
 * @typedef {{ offset: number, words?: undefined } | { words: string }} Progress
 * @typedef {(progress: Progress) => unknown} Report
 */

/** The file is not what it was, or not there: no use in trying again. */
class UnreadableFile extends Error {}

export class Transfer {
  /** @param {File} file */
  constructor(file) {
    this.file = file;
    this.id = "";
    this.step = BLOCK;
    /** @type {Uint8Array<ArrayBuffer>[]} */
    this.digests = []; // of the file's blocks, as far as they are known
  }

  /**
   * Sends the file; `tell({offset})` or `tell({words})` says how it goes. True when it is whole,
   * false when `signal` stopped it. Throws an Error for the person where it cannot go on.
   * @param {AbortSignal} signal @param {Report} tell
   */
  async run(signal, tell) {
    const locks = navigator.locks;
    const go = () => this.send(signal, tell);
    if (!locks) return go();
    const key = `eb-upload ${this.file.name} ${this.file.size} ${this.file.lastModified}`;
    const late = setTimeout(() => tell({ words: t("another window is sending this file; waiting for it …") }), 800);
    try {
      return await locks.request(key, { signal }, () => (clearTimeout(late), go()));
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** @param {AbortSignal} signal @param {Report} tell */
  async send(signal, tell) {
    /** @type {UploadState | null} */
    let state = null;
    let failed = 0;
    while (!signal.aborted) {
      try {
        const sent = state !== null; // to ask how far it is takes no line that holds
        state = await (state ? this.piece(state, signal, tell) : this.begin(signal));
        if (state.done) return true;
        if (sent) {
          failed = 0;
          this.step = Math.min(BLOCK, this.step * 2);
        }
        tell({ offset: state.offset });
      } catch (error) {
        if (signal.aborted) break;
        state = await this.recover(error, state, failed++, signal, tell);
      }
    }
    return false;
  }

  /**
   * What to do about an error: from where to go on, or null to ask the server. Or it throws.
   * @param {unknown} error @param {UploadState | null} state @param {number} failed @param {AbortSignal} signal @param {Report} tell @returns {Promise<UploadState | null>}
   */
  async recover(error, state, failed, signal, tell) {
    const { status, data } = error instanceof HttpError ? error : { status: 0, data: null };
    if (error instanceof UnreadableFile || (status === 460 && failed >= DAMAGED_AT_MOST)) throw error;
    if (status === 409 || status === 460) return { done: false, offset: data.offset };
    if (status === 404 && state) return null; // another window has finished it, or it was removed
    if (status === 507 || status === 503) { // no room, or not writable: a person can change that
      tell({ words: t("{what}. Trying again …", { what: messageOf(error) }) });
      await wait(ROOM_WAIT, signal);
      return null;
    }
    if (status && status < 500) throw error;
    tell({ words: t("no connection to the server; trying again …") });
    this.step = Math.max(SMALLEST, this.step / 2);
    await wait(Math.min(1000 * 2 ** failed, LONGEST_WAIT), signal);
    return null;
  }

  /** @param {AbortSignal} signal */
  async begin(signal) {
    const { name, size, lastModified } = this.file;
    let first = "";
    if (crypto.subtle && size) {
      // Cameras whose clock starts anew name and date different films alike.
      this.digests[0] ??= await sha256(await this.read(0, this.endOf(0)));
      first = hex(this.digests[0]);
    }
    const about = { name, size, modified: lastModified / 1000, first };
    const state = await post("/api/uploads", about, { signal });
    this.id = state.id;
    return state;
  }

  /** @param {UploadState} state @param {AbortSignal} signal @param {Report} tell */
  async piece({ offset }, signal, tell) {
    const block = Math.floor(offset / BLOCK);
    const end = Math.min(offset + this.step, (block + 1) * BLOCK, this.file.size);
    const body = await this.read(offset, end);
    /** @type {Record<string, string>} */
    const headers = { "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" };
    if (crypto.subtle) {
      const digest = await sha256(body);
      headers["Upload-Checksum"] = `sha256 ${base64(digest)}`;
      if (offset === block * BLOCK && end === this.endOf(block)) this.digests[block] = digest;
      if (end === this.file.size) headers["Upload-Tree"] = await this.tree(tell);
    }
    return json(`/api/uploads/${this.id}`, { method: "PATCH", headers, body, signal });
  }

  /** The hash over the hashes of all blocks; what an earlier visit sent is read once more. @param {Report} tell */
  async tree(tell) {
    const blocks = Math.ceil(this.file.size / BLOCK);
    const root = new Uint8Array(32 * blocks);
    for (let block = 0; block < blocks; block++) {
      if (!this.digests[block]) tell({ words: t("checking the whole file … {n} %", { n: Math.floor((100 * block) / blocks) }) });
      this.digests[block] ??= await sha256(await this.read(block * BLOCK, this.endOf(block)));
      root.set(this.digests[block], 32 * block);
    }
    tell({ words: t("checking what arrived …") });
    return hex(await sha256(root));
  }

  /** @param {number} block */
  endOf(block) {
    return Math.min((block + 1) * BLOCK, this.file.size);
  }

  /** @param {number} from @param {number} to */
  async read(from, to) {
    try {
      return await this.file.slice(from, to).arrayBuffer();
    } catch {
      const words = t("The file cannot be read any more: it was changed, moved or unplugged. Choose it again.");
      throw new UnreadableFile(words);
    }
  }
}

/**
 * Waits, but not longer than until the line is back or the signal stops it.
 * @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>}
 */
function wait(milliseconds, signal) {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

/** @param {BufferSource} bytes */
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
/** @param {Uint8Array} bytes */
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
