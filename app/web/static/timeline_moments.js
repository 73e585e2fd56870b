// The moments of a day, fetched an hour at a time and kept while the day is shown.

import { json } from "./dom.js";
import { UNKNOWN_DAY } from "./timeline_clock.js";

/** @import { Day, HourRow, Moment, MomentsReply } from "./types.d.ts" */

export class Moments {
  constructor() {
    this.day = UNKNOWN_DAY;
    /** @type {Map<number, Promise<MomentsReply>>} */
    this.hours = new Map();
  }

  /** Another day, or another state of it. @param {Day} day */
  forget(day) {
    this.day = day;
    this.hours = new Map();
  }

  /** The hour row that holds a position, or undefined. @param {number} at @returns {HourRow | undefined} */
  row(at) {
    return this.day.rows.filter((row) => row.kind === "hour").find((row) => at >= row.start && at < row.end);
  }

  /** Items and ten-minute summaries of an hour row. @param {HourRow} row @returns {Promise<MomentsReply>} */
  hour(row) {
    const known = this.hours.get(row.start);
    if (known) return known;
    const { start } = this.day;
    const moments = json(`/api/pages/moments?start=${start + row.start}&end=${start + row.end}`);
    this.hours.set(row.start, moments);
    moments.catch(() => this.hours.delete(row.start));
    return moments;
  }

  /** What was at a position: `{ moment, hour, ten }`; moment is null where nothing was recorded. @param {number} position */
  async at(position) {
    const row = this.row(position);
    if (!row) return { moment: null, hour: null, ten: null };
    const { items, tens } = await this.hour(row);
    const at = this.day.start + position;
    const moments = items.filter((item) => item.kind === "moment");
    const moment = moments.find((item) => at >= item.at && at < item.until)
      ?? moments.find((item) => Math.abs(item.at - at) < 30) ?? null;
    return { moment, hour: row, ten: tens.findLast((ten) => ten.start <= at) ?? null };
  }

  /** The first moment that is not over at a position, looking ahead through the day. @param {number} position */
  async from(position) {
    for (const row of this.day.rows) {
      if (row.kind !== "hour" || row.end <= position) continue;
      const { items } = await this.hour(row);
      const next = items.filter((item) => item.kind === "moment").find((item) => item.until > this.day.start + position);
      if (next) return next;
    }
    return null;
  }
}

/** Where playing begins for a position inside a moment: seconds into the recording. @param {Moment} moment @param {number} absolute */
export function inside(moment, absolute) {
  return moment.offset + Math.min(Math.max(absolute - moment.at, 0), Math.max(moment.until - moment.at - 0.5, 0));
}
