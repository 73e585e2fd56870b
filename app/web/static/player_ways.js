// What can be done with the moment that plays: share it, see it in the Timeline, have it forgotten.

import { json } from "./dom.js";
import { askToShare } from "./share.js";
import { toPrivacy, toTimeline, way } from "./ways.js";
import { t } from "./words.js";

/** @import { MomentsReply, Recording } from "./types.d.ts" */

const BEFORE = 600; // seconds: no moment is longer

export class PlayerWays {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  /** Those that fit a recording; `now` gives the seconds into it. @param {Recording} recording @param {() => number} now */
  suit(recording, now) {
    const film = recording.available && (recording.kind === "video" || recording.kind === "sound");
    const moment = () => momentOf(recording, now());
    const forget = async () => {
      const { from, to } = await moment();
      toPrivacy({ kind: "span", start: recording.start + from, end: recording.start + to, only: recording });
    };
    const share = async () => {
      const { from, to } = await moment();
      askToShare(recording, from, to);
    };
    this.element.replaceChildren(
      ...(film ? [way(t("Share …"), share, t("Share this moment …"))] : []),
      way(t("Show in the timeline"), () => show(recording, now())),
      way(t("Forget …"), forget, t("Forget this moment …")));
  }

  leave() {
    this.element.replaceChildren();
  }
}

/** The bounds of the moment at a time of a recording, in seconds from its beginning. @param {Recording} recording @param {number} now */
async function momentOf(recording, now) {
  const at = recording.start + now;
  const { items } = await json(`/api/pages/moments?start=${at - BEFORE}&end=${at + 0.5}`).catch(() => ({ items: /** @type {MomentsReply["items"]} */ ([]) }));
  const found = items.filter((item) => item.kind === "moment").find((item) => item.recording === recording.id && at >= item.at && at < item.until);
  if (found) return { from: found.offset, to: found.end };
  return { from: Math.max(0, now - 5), to: Math.min(recording.duration, now + 25) };
}

/** @param {Recording} recording @param {number} now */
async function show(recording, now) {
  const found = await json(`/api/pages/moment?at=${recording.start + now}`).catch(() => ({ day: recording.day, time: "" }));
  toTimeline(found.day, found.time);
}
