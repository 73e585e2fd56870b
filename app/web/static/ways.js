// Ways from one page to another: each says what the other page is to open with.

import { json, openPage, pick, wish, wishes } from "./dom.js";
import { askToShare } from "./share.js";

/** @import { ForgetRequest, GetReplies, Recording } from "./types.d.ts" */

/**
 * Opens Privacy with a choice filled in: `{ kind, day, name, start, end }` (seconds UTC), a time in one recording with `only: { id, name }`.
 * @param {ForgetRequest} choice
 */
export function toPrivacy(choice) {
  wishes.forget = choice;
  openPage("privacy");
  document.dispatchEvent(new CustomEvent("eb-forget")); // it may be open
}

/** Opens the Timeline at a time of a day ("18:42:30"). @param {string} day */
export function toTimeline(day, time = "") {
  Object.assign(wishes, { day, t: time });
  openPage("timeline");
}

/**
 * Opens Ask with a question that waits to be sent, kept to `begin`–`end` ("2026-03-16T00:00").
 * @param {string} question @param {string} begin @param {string} end
 */
export function toQuestion(question, begin, end) {
  openPage("ask");
  wish({ ask: { question, begin, end } });
}

/** Opens the digest of a day. @param {string} day */
export function toDigest(day) {
  wishes.digest = day;
  openPage("habits");
}

/** Has buttons do something with the moment that plays. @param {HTMLElement} buttons @param {() => [recording: Recording, at: number]} playing */
export function offerWays(buttons, playing) {
  /** @param {string} button @param {(recording: Recording, moment: GetReplies["/api/pages/moment"]) => unknown} act */
  const offer = (button, act) => pick(buttons, button).addEventListener("click", async () => {
    const [recording, at] = playing();
    act(recording, await json(`/api/pages/moment?at=${recording.start + at}&recording=${encodeURIComponent(recording.id)}`));
  });
  offer(".eb-share-this", (recording, { start, end }) => askToShare(recording.id, start - recording.start, end - recording.start));
  offer(".eb-show-this", (_, { day, time }) => toTimeline(day, time));
  offer(".eb-forget-this", (recording, { start, end }) => toPrivacy({ kind: "span", start, end, only: recording }));
}
