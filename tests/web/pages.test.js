import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { cuesOf } from "../../app/web/static/player_transcript.js";
import { offsetOf } from "../../app/web/static/share.js";
import { tilesOf } from "../../app/web/static/storyboard.js";
import { Pace } from "../../app/web/static/uploader.js";

test("a transcript is read with its speakers and the time of each word", () => {
  const text = "WEBVTT\n\n00:00:01.500 --> 00:00:03.000\n<v Anna>Tom &amp; I <00:00:02.000>are &lt;here&gt;\n\n"
    + "01:00:00.000 --> 01:00:01.000\n<v Person 3>Yes\n\nNOTE nothing\n\n00:01.000 --> 00:02.000\nNobody known";
  assert.deepEqual(cuesOf(text), [
    { start: 1.5, end: 3, who: "Anna", words: [{ at: 1.5, text: "Tom & I " }, { at: 2, text: "are <here>" }] },
    { start: 3600, end: 3601, who: "Person 3", words: [{ at: 3600, text: "Yes" }] },
    { start: 1, end: 2, who: "", words: [{ at: 1, text: "Nobody known" }] },
  ]);
  assert.deepEqual(cuesOf(""), []);
});

test("a storyboard says where the picture of some seconds is, and nothing but that is read from it", () => {
  const text = "WEBVTT\n\n00:00:02.000 --> 00:00:04.000\na-0000-sheet.jpg#xywh=160,90,160,90\n\n"
    + "01:00:00.000 --> 01:00:02.500\nb.jpg#xywh=0,0,160,90\n\n00:05.000 --> 00:06.000\nhttps://elsewhere/x.jpg\n";
  assert.deepEqual(tilesOf(text, "/thumbnails/a/"), [
    { start: 2, end: 4, sheet: "/thumbnails/a/a-0000-sheet.jpg", place: [160, 90, 160, 90] },
    { start: 3600, end: 3602.5, sheet: "/thumbnails/a/b.jpg", place: [0, 0, 160, 90] },
  ]);
  assert.deepEqual(tilesOf("", "/thumbnails/a/"), []);
});

test("what was escaped twice is unescaped once", () => {
  assert.equal(cuesOf("00:01.000 --> 00:02.000\n&amp;lt;b&amp;gt;")[0].words[0].text, "&lt;b&gt;");
});

test("a time to be shared stays exact where it was not changed, and goes over midnight", () => {
  const zero = 23 * 3600 + 59 * 60; // the recording began at 23:59:00
  assert.equal(offsetOf("23:59:30", 30.4, zero), 30.4);
  assert.equal(offsetOf("23:59:40", 30.4, zero), 40);
  assert.equal(offsetOf("00:01", 30.4, zero), 120);
  assert.equal(offsetOf("23:59:10", 90, zero), 10);
  assert.equal(offsetOf("23:00", 90, zero), 0);
});

test("how long an upload takes is told from how fast it was of late", (context) => {
  let milliseconds = 0;
  context.mock.method(performance, "now", () => milliseconds);
  const pace = new Pace();
  const size = 1_000_000_000;
  assert.equal(pace.words(0, size), "");
  milliseconds = 500;
  assert.equal(pace.words(1_000_000, size), "", "half a second tells nothing");
  milliseconds = 2000;
  assert.equal(pace.words(4_000_000, size), "2 MB/s · about 8 min left");
  milliseconds = 3000;
  assert.equal(pace.words(30_000_000, size), "10 MB/s · about 2 min left");
  milliseconds = 4000;
  assert.equal(pace.words(100_000_000, size), "25 MB/s · less than a minute left");
  const stalled = new Pace();
  stalled.words(5, size);
  milliseconds = 9000;
  assert.equal(stalled.words(5, size), "", "what does not move tells nothing");
  assert.equal(new Pace().words(5, size), "");
});
