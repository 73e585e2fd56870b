import { reply, serve, unreachable } from "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { UNKNOWN_DAY, clockWords, now, positionOf, ticks, weekdays } from "../../app/web/static/timeline_clock.js";
import { address, wanted } from "../../app/web/static/timeline_link.js";
import { Moments, inside } from "../../app/web/static/timeline_moments.js";
import { filled, tickStep, within, zoomed } from "../../app/web/static/timeline_range.js";

const HOUR = 3600;
/** 16 March in Berlin. @type {import("../../app/web/static/types.d.ts").Day} */
const DAY = { ...UNKNOWN_DAY, day: "2026-03-16", start: Date.parse("2026-03-15T23:00Z") / 1000, length: 24 * HOUR, clocks: [[0, HOUR]] };
/** The day on which its clock goes from two to three. */
const SPRING = { ...DAY, day: "2026-03-29", start: Date.parse("2026-03-28T23:00Z") / 1000, length: 23 * HOUR,
  clocks: /** @type {[number, number][]} */ ([[0, HOUR], [2 * HOUR, 2 * HOUR]]) };
/** The day on which the hour from two to three comes twice. */
const AUTUMN = { ...DAY, day: "2026-10-25", start: Date.parse("2026-10-24T22:00Z") / 1000, length: 25 * HOUR,
  clocks: /** @type {[number, number][]} */ ([[0, 2 * HOUR], [3 * HOUR, HOUR]]) };

test("positions are read on the day's own clock", () => {
  assert.equal(clockWords(DAY, 18.5 * HOUR), "18:30");
  assert.equal(clockWords(DAY, 18.5 * HOUR + 7, true), "18:30:07");
  assert.deepEqual([clockWords(SPRING, 2 * HOUR - 1), clockWords(SPRING, 2 * HOUR)], ["01:59", "03:00"]);
  assert.deepEqual([clockWords(AUTUMN, 3 * HOUR - 1), clockWords(AUTUMN, 3 * HOUR)], ["02:59", "02:00"]);
});

test("a time of the clock is found where it first comes, and not where it never does", () => {
  assert.equal(positionOf(DAY, "18:42:30"), 18 * HOUR + 42 * 60 + 30);
  assert.equal(positionOf(SPRING, "02:30"), null);
  assert.equal(positionOf(SPRING, "03:30"), 2.5 * HOUR);
  assert.equal(positionOf(AUTUMN, "02:30"), 2.5 * HOUR);
  assert.equal(positionOf(AUTUMN, "03:30"), 4.5 * HOUR);
  assert.equal(positionOf(DAY, "noon"), null);
});

test("the numbers of the clock stand at whole steps, also after it has changed", () => {
  assert.deepEqual(ticks(DAY, 1.2 * HOUR, 4 * HOUR, HOUR), [2 * HOUR, 3 * HOUR, 4 * HOUR]);
  assert.deepEqual(ticks(SPRING, 0, 5 * HOUR, 2 * HOUR).map((at) => clockWords(SPRING, at)), ["00:00", "04:00", "06:00"]);
  assert.deepEqual(ticks(AUTUMN, 0, 5 * HOUR, 2 * HOUR).map((at) => clockWords(AUTUMN, at)), ["00:00", "02:00", "02:00", "04:00"]);
});

test("now is a position of today, and none of another day", () => {
  assert.equal(now(DAY), null);
  const today = { ...DAY, start: Date.now() / 1000 - HOUR };
  assert.ok(Math.abs(Number(now(today)) - HOUR) < 5);
});

test("weeks begin on Monday", () => {
  assert.deepEqual(weekdays(), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
});

test("the strip shows no less than two minutes, and never more than the day", () => {
  assert.deepEqual(within(-50, 10, 86_400), [0, 120]);
  assert.deepEqual(within(86_390, 600, 86_400), [85_800, 86_400]);
  assert.deepEqual(within(100, 1e9, 86_400), [0, 86_400]);
});

test("what the person points at stays where it is while the strip zooms", () => {
  const [from, to] = zoomed([30_000, 40_000], 0.5, 32_000, 86_400);
  assert.equal(to - from, 5000);
  assert.equal((32_000 - from) / (to - from), 0.2);
  assert.deepEqual(zoomed(zoomed([30_000, 40_000], 0.5, 32_000, 86_400), 2, 32_000, 86_400), [30_000, 40_000]);
  assert.deepEqual(zoomed([0, 40_000], 4, 0, 86_400), [0, 86_400]);
});

test("a new day shows what is recorded with an hour around it, or all of it", () => {
  assert.deepEqual(filled({ spans: [], length: 86_400 }), [0, 86_400]);
  assert.deepEqual(filled({ spans: [[36_000, 37_000], [40_000, 41_000]], length: 86_400 }), [32_400, 44_600]);
  assert.deepEqual(filled({ spans: [[100, 200]], length: 86_400 }), [0, 3800]);
  assert.deepEqual(filled({ spans: [[10_000, 80_000]], length: 86_400 }), [0, 86_400]);
});

test("the numbers of the clock have room", () => {
  assert.equal(tickStep(86_400, 1400), 7200);
  assert.equal(tickStep(86_400, 300), 21_600);
  assert.equal(tickStep(120, 1400), 60);
  assert.equal(tickStep(1e6, 10), 21_600);
});

test("the address of a moment is read back as it was written", () => {
  assert.equal(address("2026-03-16", "18:42"), "/day/2026-03-16?t=18:42");
  assert.equal(address("2026-03-16", ""), "/day/2026-03-16");
  const link = new URL(address("2026-03-16", "18:42:30", "a b/c"), "http://home");
  assert.deepEqual(wanted(link), { day: "2026-03-16", t: "18:42:30", clip: "a b/c" });
});

test("the server's form of an address is read as well, and others ask for nothing", () => {
  assert.deepEqual(wanted(new URL("http://home/?open=timeline&day=2026-03-16&t=9:05")), { day: "2026-03-16", t: "9:05", clip: "" });
  assert.deepEqual(wanted(new URL("http://home/?open=timeline")), { day: "", t: "", clip: "" });
  assert.equal(wanted(new URL("http://home/")), null);
  assert.equal(wanted(new URL("http://home/day/tomorrow")), null);
});

/** @param {number} at @param {number} until */
const moment = (at, until) => ({ kind: "moment", clip: `c${at}`, recording: "r", at: DAY.start + at, until: DAY.start + until, offset: 100, end: 130 });

/** A day with recordings from nine to ten and from eleven to twelve. */
function recorded() {
  const moments = new Moments();
  /** @param {number} hour @returns {import("../../app/web/static/types.d.ts").HourRow} */
  const row = (hour) => ({ kind: "hour", start: hour * HOUR, end: (hour + 1) * HOUR, label: `${hour}:00`, summary: "", moments: 1, recorded: "1 min" });
  moments.forget({ ...DAY, rows: [row(9), { kind: "gap", label: "" }, row(11)] });
  const requests = serve((url) => {
    const start = Number(new URL(url, "http://home").searchParams.get("start")) - DAY.start;
    const items = start === 9 * HOUR ? [moment(9 * HOUR, 9 * HOUR + 30), { kind: "gap", label: "" }, moment(9 * HOUR + 300, 9 * HOUR + 330)] : [moment(11 * HOUR, 11 * HOUR + 30)];
    const tens = [0, 600].map((after) => ({ start: DAY.start + start + after, label: "", summary: String(after) }));
    return reply({ items, tens });
  });
  return { moments, requests };
}

test("a position has its moment, its hour and its ten minutes", async () => {
  const { moments } = recorded();
  const found = await moments.at(9 * HOUR + 310);
  assert.equal(found.moment?.clip, `c${9 * HOUR + 300}`);
  assert.deepEqual([found.hour?.start, found.ten?.summary], [9 * HOUR, "0"]);
  assert.equal((await moments.at(9 * HOUR + 700)).ten?.summary, "600");
});

test("a moment that begins within half a minute counts; in a longer gap there is none", async () => {
  const { moments } = recorded();
  assert.equal((await moments.at(9 * HOUR + 275)).moment?.clip, `c${9 * HOUR + 300}`);
  assert.equal((await moments.at(9 * HOUR + 200)).moment, null);
  assert.deepEqual(await moments.at(10.5 * HOUR), { moment: null, hour: null, ten: null });
});

test("playing goes on at the next moment, in a later hour if need be", async () => {
  const { moments } = recorded();
  assert.equal((await moments.from(9 * HOUR + 10))?.clip, `c${9 * HOUR}`, "it is not over yet");
  assert.equal((await moments.from(9 * HOUR + 100))?.clip, `c${9 * HOUR + 300}`);
  assert.equal((await moments.from(9 * HOUR + 400))?.clip, `c${11 * HOUR}`);
  assert.equal(await moments.from(12 * HOUR), null);
});

test("an hour is fetched once, and again only where that failed", async () => {
  const { moments, requests } = recorded();
  await moments.at(9 * HOUR);
  await moments.at(9 * HOUR + 300);
  assert.equal(requests.length, 1);
  serve(unreachable);
  await assert.rejects(moments.at(11 * HOUR));
  serve(() => reply({ items: [moment(11 * HOUR, 11 * HOUR + 30)], tens: [] }));
  assert.equal((await moments.at(11 * HOUR)).moment?.clip, `c${11 * HOUR}`);
});

test("playing begins inside of the moment", () => {
  const item = { ...moment(0, 30), kind: /** @type {const} */ ("moment"), time: "", caption: "", speech: "", picture: "", indexed: true };
  assert.equal(inside(item, item.at + 12), 112);
  assert.equal(inside(item, item.at - 12), 100);
  assert.equal(inside(item, item.until + 12), 129.5);
});
