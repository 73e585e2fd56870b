// Ways from one page to another: each says what the other page is to open with.

import { h, json, openPage, wish, wishes } from "./dom.js";
import { askToShare } from "./share.js";
import { t } from "./words.js";

/** @import { ForgetRequest, Recording } from "./types.d.ts" */

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

/** A button that looks like a link. @param {string} words @param {() => unknown} onclick */
export function way(words, onclick, label = words) {
  return h("button", { type: "button", class: "eb-link", "aria-label": label, onclick }, words);
}

/** What can be done with the moment that plays; `now()` gives the seconds into its recording. @param {Recording} recording @param {() => number} now */
export function waysFrom(recording, now) {
  const film = recording.available && recording.kind !== "photo";
  const moment = () => json(`/api/pages/moment?at=${recording.start + now()}&recording=${encodeURIComponent(recording.id)}`);
  const share = async () => {
    const { start, end } = await moment();
    askToShare(recording, start - recording.start, end - recording.start);
  };
  const show = async () => {
    const { day, time } = await moment();
    toTimeline(day, time);
  };
  const forget = async () => {
    const { start, end } = await moment();
    toPrivacy({ kind: "span", start, end, only: recording });
  };
  return [
    ...(film ? [way(t("Share …"), share, t("Share this moment …"))] : []),
    way(t("Show in the timeline"), show),
    way(t("Forget …"), forget, t("Forget this moment …")),
  ];
}
