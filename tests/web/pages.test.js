import "./page.js";

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { openPage, takeWish } from "../../app/web/static/dom.js";
import { offsetOf } from "../../app/web/static/share.js";
import { Pace, sizeWords } from "../../app/web/static/uploader.js";

const STATIC = new URL("../../app/web/static/", import.meta.url);

test("a time to be shared stays exact where it was not changed, and goes over midnight", () => {
  const zero = 86_400_000 + 23 * 3600 + 59 * 60; // the recording began at 23:59:00
  assert.equal(offsetOf(86_370, 30.4, zero), 30.4);
  assert.equal(offsetOf(86_380, 30.4, zero), 40);
  assert.equal(offsetOf(60, 30.4, zero), 120);
  assert.equal(offsetOf(86_350, 90, zero), 10);
  assert.equal(offsetOf(82_800, 90, zero), 0);
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

test("sizes are counted as shops and cameras do", () => {
  assert.deepEqual([0, 999, 12_345, 8_400_000, 29_400_000, 12_340_000_000].map(sizeWords),
    ["0 B", "999 B", "12 kB", "8.4 MB", "29 MB", "12.3 GB"]);
});

test("what a script listens to, some script says", () => {
  const scripts = readdirSync(STATIC).filter((name) => name.endsWith(".js")).map((name) => readFileSync(new URL(name, STATIC), "utf8")).join("\n");
  const said = [...scripts.matchAll(/CustomEvent\(["`](eb-[\w-]+)/g)].map(([, name]) => name);
  const heard = [...scripts.matchAll(/addEventListener\("(eb-[\w-]+)"/g)].map(([, name]) => name);
  assert.ok(heard.length > 5);
  assert.deepEqual(heard.filter((name) => !said.includes(name) && !(said.includes("eb-wish-") && name.startsWith("eb-wish-"))), []);
});

test("a wish waits for its page, and is fulfilled once", () => {
  let heard = 0;
  document.addEventListener("eb-wish-privacy", () => { heard++; });
  openPage("privacy", { kind: "day", day: "2026-03-16" });
  openPage("library");
  assert.equal(heard, 1);
  assert.equal(takeWish("timeline"), undefined);
  assert.deepEqual(takeWish("privacy"), { kind: "day", day: "2026-03-16" });
  assert.equal(takeWish("privacy"), undefined);
});
