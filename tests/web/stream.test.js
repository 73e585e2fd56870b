import "./page.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { unbroken } from "../../app/web/static/stream.js";

/** A server whose streams are written by hand. */
class Server {
  /** @type {ReadableStreamDefaultController<Uint8Array>[]} */
  streams = [];
  events = 0;

  /** @type {typeof fetch} */
  request = async (input) => {
    if (String(input).includes("/queue/join")) return new Response(JSON.stringify({ event_id: `e${++this.events}` }));
    return new Response(new ReadableStream({ start: (stream) => void this.streams.push(stream) }));
  };

  /** @param {object} message */
  say(message) {
    this.streams.at(-1)?.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(message)}\n\n`));
  }

  /** @param {string} event */
  complete(event) {
    this.say({ msg: "process_completed", event_id: event, success: true });
  }

  close() {
    this.say({ msg: "close_stream" });
  }
}

let server = new Server();
let stream = unbroken(server.request);
/** @type {string[]} */
let heard = [];
let leave = new AbortController();

const send = () => stream("http://home/gradio_api/queue/join?", { method: "POST" });
/** Until what was begun has gone through the streams. */
const settled = () => new Promise((done) => setTimeout(done, 20));

/** As Gradio's client does with its first event. */
async function listen() {
  leave = new AbortController();
  const response = await stream(new Request("http://home/gradio_api/queue/data?session_hash=s", { signal: leave.signal }));
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const { msg, event_id: event } = JSON.parse(new TextDecoder().decode(part.value).slice(5));
    heard.push(event ? `${msg} ${event}` : msg);
  }
  heard.push("end");
}

beforeEach(async () => {
  server = new Server();
  stream = unbroken(server.request);
  heard = [];
  await send();
  listen();
  await settled();
});

test("what the server closes is opened again with the next event", async () => {
  server.complete("e1");
  server.close();
  await settled();
  assert.equal(server.streams.length, 1);
  await send();
  await settled();
  server.complete("e2");
  await settled();
  assert.deepEqual(heard, ["process_completed e1", "process_completed e2"]);
});

test("an event that is sent while the server closes the stream is answered", async () => {
  server.complete("e1");
  await send();
  server.close();
  await settled();
  assert.equal(server.streams.length, 2);
  server.complete("e2");
  await settled();
  assert.deepEqual(heard, ["process_completed e1", "process_completed e2"]);
});

test("an event may be answered before it is heard that it was taken", async () => {
  server.complete("e2");
  await settled();
  await send();
  server.complete("e1");
  server.close();
  await settled();
  assert.equal(server.streams.length, 1, "nothing is waited for");
  assert.deepEqual(heard, ["process_completed e2", "process_completed e1"]);
});

test("a line that breaks ends what waits, and the next event is answered", async () => {
  server.streams[0].error(new TypeError("network error"));
  await settled();
  assert.deepEqual(heard, ["broken_connection"]);
  await send();
  await settled();
  server.complete("e2");
  await settled();
  assert.equal(heard.at(-1), "process_completed e2");
});

test("a line that breaks fails what waits, and no more, where the page has to stay", async () => {
  const stay = (/** @type {Event} */ event) => event.preventDefault();
  document.addEventListener("eb-lost", stay);
  server.streams[0].error(new TypeError("network error"));
  await settled();
  document.removeEventListener("eb-lost", stay);
  assert.deepEqual(heard, ["process_completed e1"]);
});

test("who leaves hears of no error", async () => {
  leave.abort();
  await settled();
  assert.deepEqual(heard, ["end"]);
  server.streams[0].error(new TypeError("network error"));
  await settled();
  assert.deepEqual(heard, ["end"]);
});

