import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { inside, momentAt } from "../../app/web/static/timeline_hours.js";
import { address, wanted } from "../../app/web/static/timeline_link.js";
import { clockWords, ticks } from "../../app/web/static/timeline_strip.js";

/** @import { Moment } from "../../app/web/static/types.d.ts" */

const HOUR = 3600;
/** The minutes of hours of the clock. @param {number[]} hours */
const clock = (hours) => hours.flatMap((hour) => Array.from({ length: 60 }, (_, minute) => (
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`)));
const ALL = Array.from({ length: 24 }, (_, hour) => hour);
const DAY = { clock: clock(ALL) };
/** The day on which its clock goes from two to three. */
const SPRING = { clock: clock(ALL.filter((hour) => hour !== 2)) };
/** The day on which the hour from two to three comes twice. */
const AUTUMN = { clock: clock([0, 1, 2, ...ALL.slice(2)]) };

test("positions are read on the day's own clock", () => {
  assert.equal(clockWords(DAY, 18.5 * HOUR), "18:30");
  assert.equal(clockWords(DAY, 18.5 * HOUR + 7, true), "18:30:07");
  assert.equal(clockWords(DAY, 18.5 * HOUR + 59.9999, true), "18:31:00");
  assert.deepEqual([clockWords(DAY, -5), clockWords(DAY, 24 * HOUR)], ["00:00", "23:59"]);
  assert.deepEqual([clockWords(SPRING, 2 * HOUR - 1), clockWords(SPRING, 2 * HOUR)], ["01:59", "03:00"]);
});

test("the numbers of the clock stand at whole steps, also after it has changed", () => {
  assert.deepEqual(ticks(DAY, 1.2 * HOUR, 3.5 * HOUR, 280), [120, 180, 240]);
  assert.deepEqual(ticks(SPRING, 0, 5 * HOUR, 210).map((minute) => SPRING.clock[minute]), ["00:00", "04:00"]);
  assert.deepEqual(ticks(AUTUMN, 0, 5 * HOUR, 210).map((minute) => AUTUMN.clock[minute]), ["00:00", "02:00", "02:00"]);
  assert.deepEqual(ticks(DAY, 23.6 * HOUR, 0.4 * HOUR, 100), []);
});

test("the numbers of the clock have room", () => {
  assert.equal(ticks(DAY, 0, 86_400, 1400).length, 12);
  assert.deepEqual(ticks(DAY, 0, 86_400, 300), [0, 360, 720, 1080]);
  assert.deepEqual(ticks(DAY, 60, 120, 1400), [1, 2]);
});

test("the address of a moment is read back as it was written", () => {
  assert.equal(address("2026-03-16", "18:42"), "/day/2026-03-16?t=18:42");
  const link = new URL(address("2026-03-16", "18:42:30", "a b/c"), "http://home");
  assert.deepEqual(wanted(link), { day: "2026-03-16", t: "18:42:30", clip: "a b/c" });
});

test("the server's form of an address is read as well, and others ask for nothing", () => {
  assert.deepEqual(wanted(new URL("http://home/?open=timeline&day=2026-03-16&t=9:05")), { day: "2026-03-16", t: "9:05", clip: "" });
  assert.deepEqual(wanted(new URL("http://home/?open=timeline")), { day: "", t: "", clip: "" });
  assert.equal(wanted(new URL("http://home/")), undefined);
  assert.equal(wanted(new URL("http://home/day/tomorrow")), undefined);
});

/** @param {number} at @param {number} until @returns {Moment} */
const moment = (at, until) => ({ kind: "moment", clip: `c${at}`, recording: "r", at, until, offset: 100, end: 130, time: "", caption: "", speech: "", words: "", picture: "", seek: "" });

test("a time has its moment and its ten minutes; one that begins within half a minute counts", () => {
  const tens = [0, 600].map((start) => ({ start, label: "", summary: String(start) }));
  /** @param {number} time */
  const found = (time) => {
    const { moment: there, ten } = momentAt({ items: [moment(0, 30), { kind: "gap", label: "" }, moment(300, 330)], tens }, time);
    return [there?.clip, ten?.summary];
  };
  assert.deepEqual(found(310), ["c300", "0"]);
  assert.deepEqual(found(275), ["c300", "0"]);
  assert.deepEqual(found(200), [undefined, "0"]);
  assert.deepEqual(found(700), [undefined, "600"]);
});

test("playing begins inside of the moment", () => {
  const item = moment(1000, 1030);
  assert.equal(inside(item, 1012), 112);
  assert.equal(inside(item, 988), 100);
  assert.equal(inside(item, 1042), 129.5);
});
