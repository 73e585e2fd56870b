// What can be done with the moment that plays: share it, see it in the Timeline, have it forgotten.

import { json } from "./dom.js";
import { askToShare } from "./share.js";
import { toPrivacy, toTimeline, way } from "./ways.js";
import { t } from "./words.js";

const BEFORE = 600; // seconds: no moment is longer

export class PlayerWays {
  constructor(element) {
    this.element = element;
  }

  /** Those that fit a recording; `now` gives the seconds into it. */
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

/** The bounds of the moment at a time of a recording, in seconds from its beginning. */
async function momentOf(recording, now) {
  const at = recording.start + now;
  const { items } = await json(`/api/pages/moments?start=${at - BEFORE}&end=${at + 0.5}`).catch(() => ({ items: [] }));
  const found = items.find((item) => item.recording === recording.id && at >= item.at && at < item.until);
  if (found) return { from: found.offset, to: found.end };
  return { from: Math.max(0, now - 5), to: Math.min(recording.duration, now + 25) };
}

async function show(recording, now) {
  const found = await json(`/api/pages/moment?at=${recording.start + now}`).catch(() => ({}));
  toTimeline(found.day ?? recording.day, found.time ?? "");
}
