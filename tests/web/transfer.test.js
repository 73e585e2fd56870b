import { reply, serve, unreachable } from "./page.js";

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";

import { Transfer } from "../../app/web/static/transfer.js";

/** @typedef {import("../../app/web/static/transfer.js").Progress} Progress */

const BLOCK = 8 * 2 ** 20;
/** @param {Buffer[]} parts */
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
/** Bytes that differ from block to block. @param {number} size */
const content = (size) => Buffer.from(Buffer.alloc(size).map((_, n) => (n % 251) + Math.floor(n / BLOCK)));
const SMALL = content(1000);
const LARGE = content(2 * BLOCK + 1000);

/** @param {Buffer<ArrayBuffer>} bytes */
const fileOf = (bytes) => new File([bytes], "walk.mp4", { lastModified: 1_772_000_000_000 });

/** A server's side of one upload: it counts, checks each piece, and the whole. */
class Server {
  received = Buffer.alloc(0);
  /** @type {{ name: string, size: number, modified: number, first: string } | null} */
  announced = null;
  done = false;
  /** What goes wrong, request by request. @type {((() => Response | Promise<Response>) | undefined)[]} */
  faults = [];

  /** @param {string} url @param {RequestInit} options */
  async answer(url, options) {
    const fault = this.faults.shift();
    if (fault) return fault();
    if (options.method === "POST") {
      assert.equal(url, "/api/uploads");
      this.announced = JSON.parse(String(options.body));
      return this.state();
    }
    assert.deepEqual([url, options.method], ["/api/uploads/u1", "PATCH"]);
    const headers = new Headers(options.headers);
    if (Number(headers.get("Upload-Offset")) !== this.received.length) return this.refuse(409);
    const piece = Buffer.from(/** @type {ArrayBuffer} */ (options.body));
    if (headers.get("Upload-Checksum") !== `sha256 ${sha256(piece).toString("base64")}`) return this.refuse(460);
    this.received = Buffer.concat([this.received, piece]);
    if (this.received.length === this.announced?.size) {
      assert.equal(headers.get("Upload-Tree"), tree(this.received));
      this.done = true;
    }
    return this.state();
  }

  state() {
    return reply({ id: "u1", offset: this.received.length, done: this.done });
  }

  /** @param {number} status */
  refuse(status) {
    return reply({ error: "refused", offset: this.received.length }, status);
  }
}

/** The hash over the hashes of all blocks. @param {Buffer} bytes */
function tree(bytes) {
  const blocks = [];
  for (let at = 0; at < bytes.length; at += BLOCK) blocks.push(sha256(bytes.subarray(at, at + BLOCK)));
  return sha256(...blocks).toString("hex");
}

const server = { current: new Server() };
beforeEach(() => {
  server.current = new Server();
  serve((url, options) => server.current.answer(url, options));
});

/**
 * Sends a file, without waiting where the page would: whatever is said goes into the list.
 * @param {import("node:test").TestContext} context @param {File} file
 */
async function send(context, file, stop = new AbortController()) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {string[]} */
  const said = [];
  /** @param {Progress} progress */
  const tell = (progress) => {
    said.push(progress.words ?? String(progress.offset));
    setImmediate(() => context.mock.timers.runAll());
  };
  const whole = await new Transfer(file).run(stop.signal, tell);
  return { whole, said };
}

test("a file arrives whole, announced with the hash of its beginning", async (context) => {
  const { whole } = await send(context, fileOf(SMALL));
  assert.ok(whole);
  assert.deepEqual(server.current.received, SMALL);
  assert.deepEqual(server.current.announced, { name: "walk.mp4", size: 1000, modified: 1_772_000_000, first: sha256(SMALL).toString("hex") });
});

test("a large file goes in blocks, and the hash of all of them is sent with the last", async (context) => {
  const { whole, said } = await send(context, fileOf(LARGE));
  assert.ok(whole);
  assert.ok(server.current.received.equals(LARGE));
  assert.deepEqual(said, [String(0), String(BLOCK), String(2 * BLOCK), "checking what arrived …"]);
});

test("an upload goes on where the server has got to, and reads once more what came before", async (context) => {
  server.current.received = LARGE.subarray(0, BLOCK + 7);
  const { whole, said } = await send(context, fileOf(LARGE));
  assert.ok(whole);
  assert.ok(server.current.received.equals(LARGE));
  assert.deepEqual(said, [String(BLOCK + 7), String(2 * BLOCK), "checking the whole file … 33 %", "checking what arrived …"]);
});

test("after a wrong offset and a damaged piece it goes on from where the server says", async (context) => {
  server.current.faults = [undefined, () => server.current.refuse(409), () => server.current.refuse(460)];
  assert.ok((await send(context, fileOf(SMALL))).whole);
  assert.deepEqual(server.current.received, SMALL);
});

test("a line that damages every piece is given up", async (context) => {
  server.current.faults = [undefined, ...Array(6).fill(() => server.current.refuse(460))];
  await assert.rejects(send(context, fileOf(SMALL)), { status: 460 });
  assert.equal(server.current.faults.length, 0);
});

test("on a line that breaks the pieces get smaller, and larger again once they arrive", async (context) => {
  const requests = serve((url, options) => server.current.answer(url, options));
  server.current.faults = [undefined, unreachable, undefined, unreachable];
  const { whole, said } = await send(context, fileOf(LARGE));
  assert.ok(whole);
  assert.ok(server.current.received.equals(LARGE));
  assert.equal(said.filter((words) => words === "no connection to the server; trying again …").length, 2);
  const sizes = requests.filter(({ options }) => options.method === "PATCH").map(({ options }) => /** @type {ArrayBuffer} */ (options.body).byteLength);
  assert.deepEqual(sizes, [BLOCK, BLOCK / 2, BLOCK / 4, BLOCK / 2, BLOCK / 4, BLOCK, 1000]);
});

test("where there is no room it waits, says so, and goes on", async (context) => {
  server.current.faults = [undefined, () => reply({ error: "No room on the disk" }, 507)];
  const { whole, said } = await send(context, fileOf(SMALL));
  assert.ok(whole);
  assert.ok(said.includes("No room on the disk. Trying again …"));
});

test("an upload that is gone is asked for anew", async (context) => {
  server.current.faults = [undefined, () => reply({ error: "There is no such upload" }, 404)];
  assert.ok((await send(context, fileOf(SMALL))).whole);
});

test("a file that the server does not take is not tried again", async (context) => {
  server.current.faults = [() => reply({ error: "Not a recording" }, 415)];
  await assert.rejects(send(context, fileOf(SMALL)), { message: "Not a recording" });
});

test("a file that cannot be read any more says what to do", async (context) => {
  const file = fileOf(SMALL);
  context.mock.method(file, "slice", () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) }));
  await assert.rejects(send(context, file), { message: /^The file cannot be read any more: .* Choose it again\.$/ });
});

test("a pause ends the sending, also while it waits for the line", async (context) => {
  const stop = new AbortController();
  server.current.faults = [undefined, () => { stop.abort(); return unreachable(); }];
  assert.equal((await send(context, fileOf(SMALL), stop)).whole, false);
  assert.equal(server.current.done, false);
});

test("an empty file arrives, too", async (context) => {
  server.current.done = true;
  assert.ok((await send(context, fileOf(content(0)))).whole);
  assert.equal(server.current.announced?.first, "");
});
