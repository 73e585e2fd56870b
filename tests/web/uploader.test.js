import { reply, serve } from "./page.js";

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";

import { transfer } from "../../app/web/static/uploader.js";

const BLOCK = 8 * 2 ** 20;
/** @param {Buffer} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
/** Bytes that differ from block to block. @param {number} size */
const content = (size) => Buffer.from(Buffer.alloc(size).map((_, n) => (n % 251) + Math.floor(n / BLOCK)));
const SMALL = content(1000);
const LARGE = content(2 * BLOCK + 1000);

/** @param {Buffer<ArrayBuffer>} bytes */
const fileOf = (bytes) => new File([bytes], "walk.mp4", { lastModified: 1_772_000_000_000, type: "video/mp4" });

/** How a request ends; status 0: the connection broke. @typedef {{ status: number, headers?: Record<string, string>, body?: object }} Answer */

/** A server's side of one upload by tus: it counts, and checks each piece. */
class Server {
  received = Buffer.alloc(0);
  /** @type {Record<string, string> | null} */
  announced = null;
  size = 0;
  gone = false;
  /** What goes wrong, request by request. @type {(Answer | (() => Answer) | undefined)[]} */
  faults = [];
  /** @type {string[]} */
  methods = [];
  /** @type {number[]} */
  sizes = [];

  /** @param {string} method @param {string} url @param {Headers} headers @param {Buffer} piece @returns {Answer} */
  answer(method, url, headers, piece) {
    this.methods.push(method);
    if (method === "PATCH") this.sizes.push(piece.length);
    const fault = this.faults.shift();
    if (fault) return typeof fault === "function" ? fault() : fault;
    assert.equal(headers.get("Tus-Resumable"), "1.0.0");
    if (method === "POST") {
      assert.equal(url, "http://home/api/uploads");
      this.size = Number(headers.get("Upload-Length"));
      const said = (headers.get("Upload-Metadata") ?? "").split(",").map((pair) => pair.split(" "));
      this.announced = Object.fromEntries(said.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
      this.gone = false;
      return { status: 201, headers: { Location: "/api/uploads/u1" } };
    }
    assert.equal(url, "http://home/api/uploads/u1");
    if (this.gone) return { status: 404 };
    if (method === "HEAD") return this.state(200);
    if (Number(headers.get("Upload-Offset")) !== this.received.length) return this.state(409);
    if (headers.get("Upload-Checksum") !== `sha256 ${sha256(piece).toString("base64")}`) return this.state(460);
    this.received = Buffer.concat([this.received, piece]);
    return this.state(204);
  }

  /** @param {number} status */
  state(status) {
    return { status, headers: { "Upload-Offset": String(this.received.length), "Upload-Length": String(this.size) } };
  }
}

const server = { current: new Server() };
/** What the server says to be unfinished. @type {object[]} */
let unfinished = [];

/** As much of it as the client library uses. */
class Request {
  upload = {};
  status = 0;
  responseText = "";
  onload = () => {};
  /** @type {(event: unknown) => void} */
  onerror = () => {};
  headers = new Headers();
  /** @type {Answer} */
  answer = { status: 0 };
  sent = false;
  aborted = false;
  method = "";
  url = "";

  /** @param {string} method @param {string} url */
  open(method, url) {
    Object.assign(this, { method, url });
  }

  /** @param {string} name @param {string} value */
  setRequestHeader(name, value) {
    this.headers.set(name, value);
  }

  /** @param {Blob | null} body */
  async send(body) {
    this.sent = true;
    const piece = Buffer.from(await (body ?? new Blob([])).arrayBuffer());
    if (this.aborted) return;
    this.answer = server.current.answer(this.method, this.url, this.headers, piece);
    this.status = this.answer.status;
    this.responseText = JSON.stringify(this.answer.body ?? null);
    if (this.aborted) return;
    if (this.status) this.onload();
    else this.onerror({});
  }

  /** @param {string} name */
  getResponseHeader(name) {
    return this.answer.headers?.[name] ?? null;
  }

  /** As browsers do it: what is not sent yet can be sent still, without its headers. */
  abort() {
    this.aborted = this.sent;
    this.headers = new Headers();
  }
}
Object.assign(globalThis, { XMLHttpRequest: Request });

beforeEach(() => {
  server.current = new Server();
  unfinished = [];
  serve((url) => {
    assert.equal(url, "/api/uploads");
    return reply(unfinished);
  });
});

/**
 * Sends a file, without waiting where the page would: whatever is said goes into the list.
 * @param {import("node:test").TestContext} context @param {File} file @param {(sent: ReturnType<typeof transfer>) => unknown} [started]
 * @returns {Promise<{ end: string, said: string[] }>}
 */
function send(context, file, started) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {string[]} */
  const said = [];
  return new Promise((done) => {
    const beat = setInterval(() => context.mock.timers.runAll(), 1);
    /** @param {string} end */
    const ended = (end) => (clearInterval(beat), done({ end, said }));
    const sent = transfer(file, {
      at: (offset) => said.at(-1) === String(offset) || said.push(String(offset)),
      waits: (words) => said.push(words),
      whole: () => ended("whole"),
      failed: ended,
    });
    sent.start();
    started?.(sent);
  });
}

test("a file arrives whole, announced with the hash of its beginning", async (context) => {
  assert.equal((await send(context, fileOf(SMALL))).end, "whole");
  assert.deepEqual(server.current.received, SMALL);
  const first = sha256(SMALL).toString("hex");
  assert.deepEqual(server.current.announced, { filename: "walk.mp4", filetype: "video/mp4", modified: "1772000000", first });
});

test("a large file goes in pieces, each with its checksum", async (context) => {
  const { end, said } = await send(context, fileOf(LARGE));
  assert.equal(end, "whole");
  assert.ok(server.current.received.equals(LARGE));
  assert.deepEqual(said, ["0", BLOCK, 2 * BLOCK, LARGE.length].map(String));
  assert.deepEqual(server.current.methods, ["POST", "PATCH", "PATCH", "PATCH"]);
});

test("what an earlier visit sent is not sent again, and another film of its name is", async (context) => {
  const first = sha256(LARGE.subarray(0, BLOCK)).toString("hex");
  const known = { id: "u1", name: "walk.mp4", size: LARGE.length, modified: 1_772_000_000, first };
  for (const [more, methods] of /** @type {const} */ ([[{}, ["HEAD", "PATCH", "PATCH"]], [{ first: "0" }, ["POST", "PATCH", "PATCH", "PATCH"]]])) {
    server.current = new Server();
    server.current.size = LARGE.length;
    if (methods[0] === "HEAD") server.current.received = LARGE.subarray(0, BLOCK + 7);
    unfinished = [{ ...known, ...more }];
    assert.equal((await send(context, fileOf(LARGE))).end, "whole");
    assert.ok(server.current.received.equals(LARGE));
    assert.deepEqual(server.current.methods, methods);
    context.mock.timers.reset();
  }
});

test("after a wrong offset and a damaged piece it goes on from where the server says", async (context) => {
  server.current.faults = [undefined, { status: 409 }, undefined, { status: 460 }];
  assert.equal((await send(context, fileOf(SMALL))).end, "whole");
  assert.deepEqual(server.current.received, SMALL);
});

test("a line that damages every piece is given up", async (context) => {
  const damaged = { status: 460, body: { error: "a piece of walk.mp4 was damaged" } };
  server.current.faults = [undefined, ...Array(6).fill([damaged, undefined]).flat()];
  assert.equal((await send(context, fileOf(SMALL))).end, "a piece of walk.mp4 was damaged");
  assert.equal(server.current.sizes.length, 6);
});

test("on a line that breaks the pieces get smaller, and larger again once they arrive", async (context) => {
  const broken = { status: 0 };
  server.current.faults = [undefined, broken, undefined, broken];
  const { end, said } = await send(context, fileOf(LARGE));
  assert.equal(end, "whole");
  assert.ok(server.current.received.equals(LARGE));
  assert.equal(said.filter((words) => words === "no connection to the server; trying again …").length, 2);
  assert.deepEqual(server.current.sizes, [BLOCK, BLOCK / 2, BLOCK / 4, BLOCK / 2, BLOCK, LARGE.length - 1.75 * BLOCK]);
});

test("where there is no room it waits, says so, and goes on", async (context) => {
  server.current.faults = [undefined, { status: 507, body: { error: "No room on the disk" } }];
  const { end, said } = await send(context, fileOf(SMALL));
  assert.equal(end, "whole");
  assert.ok(said.includes("No room on the disk. Trying again …"));
});

test("an upload that is gone is announced anew", async (context) => {
  server.current.faults = [undefined, () => { server.current.gone = true; return { status: 404 }; }];
  assert.equal((await send(context, fileOf(SMALL))).end, "whole");
  assert.deepEqual(server.current.methods, ["POST", "PATCH", "HEAD", "POST", "PATCH"]);
});

test("a server that is asked too often is asked again, one that waits for the person is not", async (context) => {
  server.current.faults = [{ status: 429, headers: { "Retry-After": "1" }, body: { detail: "Too much at once." } }];
  assert.equal((await send(context, fileOf(SMALL))).end, "whole");
  context.mock.timers.reset();
  server.current = new Server();
  server.current.faults = [{ status: 429, body: { error: "100 uploads are unfinished." } }];
  assert.equal((await send(context, fileOf(SMALL))).end, "100 uploads are unfinished.");
});

test("a file that the server does not take is not tried again", async (context) => {
  server.current.faults = [{ status: 415, body: { error: "Not a recording" } }];
  assert.equal((await send(context, fileOf(SMALL))).end, "Not a recording");
});

test("a file that cannot be read any more says what to do", async (context) => {
  const file = fileOf(SMALL);
  /** @param {number} times */
  const readable = (times) => {
    const real = Blob.prototype.slice;
    let reads = 0;
    context.mock.method(file, "slice", (/** @type {number} */ from, /** @type {number} */ to) => (reads++ < times
      ? real.call(file, from, to)
      : { arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) }));
  };
  for (const times of [0, 1]) {
    readable(times);
    assert.match((await send(context, file)).end, /^The file cannot be read any more: .* Choose it again\.$/);
    context.mock.timers.reset();
  }
});

test("a pause ends the sending, also while it waits for the line, and it goes on", async (context) => {
  /** @type {ReturnType<typeof transfer> | null} */
  let mine = null;
  let paused = 0;
  server.current.faults = [undefined, () => {
    mine?.stop();
    setImmediate(() => {
      paused = server.current.methods.length;
      mine?.start();
    });
    return { status: 0 };
  }];
  const { end, said } = await send(context, fileOf(SMALL), (it) => (mine = it));
  assert.equal(end, "whole");
  assert.equal(paused, 2, "nothing was asked meanwhile");
  assert.ok(!said.includes("no connection to the server; trying again …"));
});

test("a pause while a piece is read sends nothing of it, and it goes on", async (context) => {
  const file = fileOf(SMALL);
  const real = file.slice.bind(file);
  /** @type {ReturnType<typeof transfer> | null} */
  let mine = null;
  let reads = 0;
  context.mock.method(file, "slice", (/** @type {number} */ from, /** @type {number} */ to) => {
    if (++reads === 2) {
      mine?.stop();
      setImmediate(() => mine?.start());
    }
    return real(from, to);
  });
  assert.equal((await send(context, file, (it) => (mine = it))).end, "whole");
  assert.deepEqual(server.current.methods, ["POST", "HEAD", "PATCH"]);
  assert.deepEqual(server.current.received, SMALL);
});
