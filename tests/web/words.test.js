import { reply, serve, unreachable } from "./page.js";

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const CHINESE = JSON.parse(readFileSync(new URL("../../app/phrases/zh/frame.json", import.meta.url), "utf8"));

/** The module as a page of its own loads it. @param {string} page @returns {Promise<typeof import("../../app/web/static/words.js")>} */
const load = (page) => import(`../../app/web/static/words.js?${page}`);

test("phrases come in the language of the person, unknown ones stay English", async () => {
  serve(() => reply({ language: "zh", languages: { en: "English", zh: "中文" }, phrases: { ...CHINESE, "{n} moments": "{n} 个片段" } }));
  const { failureWords, languages, locale, t } = await load("zh");
  assert.equal(t("{n} moments", { n: 4 }), "4 个片段");
  assert.equal(t("No such phrase: {n}", { n: 4 }), "No such phrase: 4");
  assert.deepEqual([languages.zh, locale, document.documentElement.lang], ["中文", "zh", "zh"]);
  serve(unreachable);
  const { json } = await import("../../app/web/static/dom.js");
  await assert.rejects(json("/api/days"), { message: CHINESE["EgoButler does not answer"] });
  assert.equal(failureWords(new Error("No room")), "No room");
  assert.equal(failureWords(new TypeError("Failed to fetch")), "The connection to EgoButler was lost. Is it still running?");
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
