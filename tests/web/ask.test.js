import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { coverageWords } from "../../app/web/static/ask_answer.js";
import { events } from "../../app/web/static/ask_stream.js";
import { intervalWords, lengthWords, momentWords } from "../../app/web/static/ask_words.js";

const YEAR = new Date().getFullYear();
/** Seconds of a time of this year, whose weekday the words have. @param {string} text */
const at = (text) => Date.parse(`${YEAR}-${text}Z`) / 1000;
/** @param {string} text */
const weekday = (text) => new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" }).format(new Date(`${YEAR}-${text}Z`));

/** A reply whose body comes in these pieces. @param {Uint8Array[]} pieces */
const streamed = (pieces) => new Response(new ReadableStream({
  start(controller) {
    for (const piece of pieces) controller.enqueue(piece);
    controller.close();
  },
}));

/** @param {Response} response */
async function all(response) {
  const found = [];
  for await (const event of events(response)) found.push(event);
  return found;
}

test("events are read whole, wherever the stream is cut", async () => {
  const lines = [{ kind: "waiting" }, { kind: "piece", text: "你好 “Anna”\n" }, { kind: "piece", text: "" }];
  const bytes = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join("\n"));
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const pieces = [];
    for (let from = 0; from < bytes.length; from += size) pieces.push(bytes.slice(from, from + size));
    assert.deepEqual(await all(streamed(pieces)), lines, `pieces of ${size}`);
  }
});

test("a line that broke off is no event", async () => {
  const text = new TextEncoder().encode('{"kind":"waiting"}\n{"kind":"answer","text":"It is in the');
  assert.deepEqual(await all(streamed([text])), [{ kind: "waiting" }]);
});

test("a reply without a body has no events", async () => {
  assert.deepEqual(await all(new Response(null)), []);
});

test("moments have seconds, and the year where it is another one", () => {
  assert.equal(momentWords(at("03-03T10:31:05")), `${weekday("03-03T10:31:05")} 3 Mar 10:31:05`);
  assert.equal(momentWords(Date.parse("2019-03-03T10:31:05Z") / 1000), "Sun 3 Mar 2019 10:31:05");
});

test("intervals name what is needed: hours, one day, or two", () => {
  const day = `${weekday("03-16T00:00")} 16 Mar`;
  const next = `${weekday("03-17T00:00")} 17 Mar`;
  assert.equal(intervalWords([at("03-16T18:00"), at("03-16T23:00")]), `${day} 18:00–23:00`);
  assert.equal(intervalWords([at("03-16T18:00"), at("03-17T00:00")]), `${day} 18:00–24:00`);
  assert.equal(intervalWords([at("03-16T00:00"), at("03-17T00:00")]), day);
  assert.equal(intervalWords([at("03-16T00:00"), at("03-18T00:00")]), `${day} – ${next}`);
  assert.equal(intervalWords([at("03-16T18:00"), at("03-17T02:00")]), `${day} 18:00 – ${next} 02:00`);
  assert.equal(intervalWords([0, at("03-16T18:00")]), `until ${day} 18:00`);
});

test("lengths are rounded to what is heard of them", () => {
  assert.deepEqual([0.2, 59.4, 60, 3599, 3900, 7200, 36_001, 37_900].map(lengthWords),
    ["1 s", "59 s", "1 min", "1 h", "1 h 5 min", "2 h", "10 h", "11 h"]);
});

test("what was searched is said with how much of it is recorded", () => {
  const searched = { said: "", span: null, recorded: 0, whole: null, pending: 0, within: null };
  const day = { ...searched, span: /** @type {[number, number]} */ ([at("03-16T00:00"), at("03-17T00:00")]), whole: 86_400 };
  const name = `${weekday("03-16T00:00")} 16 Mar`;
  assert.equal(coverageWords(searched), "Nothing is recorded yet");
  assert.equal(coverageWords({ ...searched, recorded: 3600 }), "Searched everything until now · 1 h recorded");
  assert.equal(coverageWords(day), `Searched ${name} · nothing was recorded then`);
  assert.equal(coverageWords({ ...day, recorded: 3600 }), `Searched ${name} · 1 h of 24 h recorded`);
  assert.equal(coverageWords({ ...day, recorded: 3600, said: "Mondays" }), "Searched Mondays · 1 h recorded");
});
