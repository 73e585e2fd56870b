// Sends one file by the tus protocol. The client library sends, retries and goes on; from here come
// the checksums, how large the pieces are, what the person hears meanwhile, and when it is in vain.

import "./vendor/tus.min.js";

import { json, messageOf, refused } from "./dom.js";
import { t } from "./words.js";

/** @import { DetailedError } from "tus-js-client" */

/** What a file's list hears of it. @typedef {{ at: (offset: number) => unknown, waits: (words: string) => unknown, whole: () => unknown, failed: (words: string) => unknown }} Listener */

const { tus } = globalThis;
const UPLOADS = `${location.origin}/api/uploads`;
const BLOCK = 8 * 2 ** 20; // what the first hash is of, and the largest piece
const SMALLEST = 2 ** 18; // on a line that keeps breaking, small pieces arrive
const DAMAGED_AT_MOST = 5; // pieces in a row
/** Milliseconds before each further try, as long as the page is open. */
const WAITS = Array.from({ length: 100_000 }, (_, tries) => Math.min(1000 * tries, 15_000));

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
export const discard = (id) => tus.Upload.terminate(`${UPLOADS}/${id}`, { retryDelays: null }).catch(() => {});

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
