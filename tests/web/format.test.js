import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { position, sizeWords } from "../../app/web/static/format.js";

test("positions have hours only where there are some", () => {
  assert.deepEqual([0, 65.9, 3599, 3725].map(position), ["0:00", "1:05", "59:59", "1:02:05"]);
});

test("sizes are counted as shops and cameras do", () => {
  assert.deepEqual([0, 999, 12_345, 8_400_000, 29_400_000, 12_340_000_000].map(sizeWords),
    ["0 B", "999 B", "12 kB", "8.4 MB", "29 MB", "12.3 GB"]);
});
