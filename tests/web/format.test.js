import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { position, sinceMidnight, sizeWords, timeWords } from "../../app/web/static/format.js";

test("positions have hours only where there are some", () => {
  assert.deepEqual([0, 65.9, 3599, 3725].map(position), ["0:00", "1:05", "59:59", "1:02:05"]);
});

test("times are read off any number of seconds", () => {
  assert.equal(timeWords(18 * 3600 + 42 * 60 + 30), "18:42");
  assert.equal(timeWords(-1, true), "23:59:59");
  assert.equal(timeWords(3 * 86_400 + 59.9999, true), "00:01:00");
  assert.equal(sinceMidnight(-3600), 82_800);
});

test("sizes are counted as shops and cameras do", () => {
  assert.deepEqual([0, 999, 12_345, 8_400_000, 29_400_000, 12_340_000_000].map(sizeWords),
    ["0 B", "999 B", "12 kB", "8.4 MB", "29 MB", "12.3 GB"]);
});
