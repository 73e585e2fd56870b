import { reply, serve, unreachable } from "./page.js";

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const CHINESE = JSON.parse(readFileSync(new URL("../../app/phrases/zh/frame.json", import.meta.url), "utf8"));

/** The module as a page of its own loads it. @param {string} page @returns {Promise<typeof import("../../app/web/static/words.js")>} */
const load = (page) => import(`../../app/web/static/words.js?${page}`);

test("phrases come in the language of the person, unknown ones stay English", async () => {
  serve(() => reply({ language: "zh", languages: { en: "English", zh: "中文" }, phrases: { ...CHINESE, "{n} moments": "{n} 个片段" } }));
  const { locale, t } = await load("zh");
  assert.equal(t("{n} moments", { n: 4 }), "4 个片段");
  assert.equal(t("No such phrase: {n}", { n: 4 }), "No such phrase: 4");
  assert.deepEqual([locale, document.documentElement.lang], ["zh", "zh"]);
  assert.equal(t("Privacy"), CHINESE.Privacy);
});

test("the names in a phrase are replaced by values, which are never read as a phrase; those without one stay", async () => {
  serve(unreachable);
  const { t } = await load("names");
  assert.equal(t("{n} of {all} in {place}", { n: 0, all: 12 }), "0 of 12 in {place}");
  assert.equal(t("{name} said {word}", { name: "{word}", word: "$1" }), "{word} said $1");
});

test("the pages speak English where the catalogue does not come", async () => {
  serve(unreachable);
  const { language, locale, t } = await load("offline");
  assert.deepEqual([language, locale, t("Ask")], ["en", "en-GB", "Ask"]);
});

test("a language that is chosen is kept in a cookie, and the page loads again", async (context) => {
  const reload = context.mock.method(location, "reload");
  const { speak } = await load("offline");
  speak("zh");
  assert.match(document.cookie, /^eb-language=zh; path=\/; max-age=31536000; samesite=strict$/);
  assert.equal(reload.mock.callCount(), 1);
});
