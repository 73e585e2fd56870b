import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { marked, pictureIn, surely } from "../../app/web/static/player_region.js";

const WIDE = { left: 10, top: 20, width: 400, height: 400 };

test("a picture lies in the middle of what shows it", () => {
  assert.deepEqual(pictureIn(WIDE, 1600, 800), { left: 10, top: 120, width: 400, height: 200 });
  assert.deepEqual(pictureIn(WIDE, 100, 200), { left: 110, top: 20, width: 200, height: 400 });
});

test("what is drawn is a part of the picture, whichever way, and ends where that does", () => {
  const picture = pictureIn(WIDE, 1600, 800);
  assert.deepEqual(marked(picture, [110, 170], [210, 270]), [0.25, 0.25, 0.5, 0.75]);
  assert.deepEqual(marked(picture, [210, 270], [110, 170]), [0.25, 0.25, 0.5, 0.75]);
  assert.deepEqual(marked(picture, [-50, 0], [210, 1000]), [0, 0, 0.5, 1]);
});

test("a tap means what is around it", () => {
  const picture = pictureIn(WIDE, 1600, 800);
  assert.deepEqual(marked(picture, [210, 220], [210, 220]), [0.375, 0.375, 0.625, 0.625]);
  assert.deepEqual(marked(picture, [10, 120], [10, 120]), [0, 0, 0.125, 0.125]);
});

test("how sure a name is, is said in words", () => {
  /** @param {number | null} sure @param {"person" | "thing" | "text"} [kind] */
  const words = (sure, kind = "thing") => surely({ kind, name: "cup", sure, search: "" });
  assert.deepEqual([0.83, 0.5, 0.49].map((sure) => words(sure)), ["surely (83 %)", "probably (50 %)", "perhaps (49 %)"]);
  assert.deepEqual([words(null, "person"), words(null, "text")], ["by the face", "written there"]);
});
