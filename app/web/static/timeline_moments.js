// The moments of a day, fetched an hour at a time and kept while the day is shown.

import { json } from "./dom.js";

export class Moments {
  constructor() { this.forget(); }

  /** Another day, or another state of it. */
  forget(day = null) {
    this.day = day;
    this.hours = new Map();
  }

  /** The hour row that holds a position, or undefined. */
  row(at) {
    return this.day?.rows.find((row) => row.kind === "hour" && at >= row.start && at < row.end);
  }

  /** Items and ten-minute summaries of an hour row. */
  hour(row) {
    if (!this.hours.has(row.start)) {
      const { start } = this.day;
      const found = json(`/api/pages/moments?start=${start + row.start}&end=${start + row.end}`);
      this.hours.set(row.start, found);
      found.catch(() => this.hours.delete(row.start));
    }
    return this.hours.get(row.start);
  }

  /** What was at a position: `{ moment, hour, ten }`; moment is null where nothing was recorded. */
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

  /** The first moment that is not over at a position, looking ahead through the day. */
  async from(position) {
    for (const row of this.day.rows) {
      if (row.kind !== "hour" || row.end <= position) continue;
      const { items } = await this.hour(row);
      const found = items.find((item) => item.kind === "moment" && item.until > this.day.start + position);
      if (found) return found;
    }
    return null;
  }
}

/** Where playing begins for a position inside a moment: seconds into the recording. */
export function inside(moment, absolute) {
  return moment.offset + Math.min(Math.max(absolute - moment.at, 0), Math.max(moment.until - moment.at - 0.5, 0));
}
