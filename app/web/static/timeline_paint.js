// Draws the strip: hours, what was recorded, how much was spoken, who was there and where.

import { clockWords } from "./timeline_clock.js";

/** @import { Day, Span } from "./types.d.ts" */

const TOP = 22; // pixels of the clock's line
const BAND = 24; // of what was recorded
const TALK = 30; // of the speech curve
const ROW = 20; // of a person or a place

/** @typedef {ReturnType<typeof colours>} Ink */

/** The rows below the curve: people first, then places. @param {Day} day */
export function rowsOf(day) {
  return [...day.people.map((row) => ({ ...row, kind: "person" })),
    ...day.places.slice(0, 3).map((row) => ({ ...row, kind: "place" }))];
}

/** @param {import("./timeline_strip.js").Strip} strip */
export function paint(strip) {
  const { canvas, track, day, rows } = strip;
  const wide = track.clientWidth;
  const high = TOP + BAND + TALK + ROW * rows.length + 6;
  const sharp = window.devicePixelRatio || 1;
  track.style.height = `${high}px`;
  canvas.width = Math.round(wide * sharp);
  canvas.height = Math.round(high * sharp);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(sharp, sharp);
  const ink = colours(track);
  /** @param {number} at */
  const x = (at) => ((at - strip.from) / strip.span) * wide;
  /** @param {Span[]} spans @param {number} top @param {number} height */
  const bars = (spans, top, height, least = 2) => {
    for (const [from, to] of spans) {
      if (to < strip.from || from > strip.to) continue;
      const left = Math.max(x(from), -2);
      pen.fillRect(left, top, Math.max(Math.min(x(to), wide + 2) - left, least), height);
    }
  };
  pen.font = "12px system-ui, sans-serif";
  hours(pen, strip, ink, x, high);
  gaps(pen, ink, wide);
  pen.fillStyle = ink.green;
  bars(day.spans, TOP, BAND);
  pen.fillStyle = ink.mint;
  bars(day.waiting, TOP + BAND - 7, 5);
  curve(pen, day, ink, x, wide);
  rows.forEach((row, number) => {
    const top = TOP + BAND + TALK + ROW * number + 4;
    pen.globalAlpha = row.kind === "person" ? 0.55 : 0.3;
    pen.fillStyle = ink.green;
    bars(row.spans, top + 2, ROW - 6);
    pen.globalAlpha = 1;
    label(pen, ink, row.name, top + ROW / 2);
  });
  line(pen, x(strip.cursor), high, ink.ink, 2);
  if (strip.hover !== null) line(pen, x(strip.hover), high, ink.soft, 1);
  if (strip.playing !== null) line(pen, x(strip.playing), high, ink.red, 3);
}

/** The colours of the page that is shown, by name. @param {Element} element */
function colours(element) {
  const style = getComputedStyle(element);
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(`--eb-${name}`).trim();
  return { line: colour("line"), soft: colour("soft"), green: colour("green"), card: colour("card"), ink: colour("ink"), mint: colour("mint"), red: colour("red") };
}

/** @param {CanvasRenderingContext2D} pen @param {import("./timeline_strip.js").Strip} strip @param {Ink} ink @param {(at: number) => number} x @param {number} high */
function hours(pen, strip, ink, x, high) {
  pen.textAlign = "center";
  for (const at of strip.ticks()) {
    pen.fillStyle = ink.line;
    pen.fillRect(x(at), TOP - 4, 1, high);
    pen.fillStyle = ink.soft;
    const words = clockWords(strip.day, at);
    const half = pen.measureText(words).width / 2;
    pen.fillText(words, Math.min(Math.max(x(at), half), strip.track.clientWidth - half), 13);
  }
}

/** What was not recorded is hatched. @param {CanvasRenderingContext2D} pen @param {Ink} ink @param {number} wide */
function gaps(pen, ink, wide) {
  pen.save();
  pen.beginPath();
  pen.rect(0, TOP, wide, BAND);
  pen.clip();
  pen.strokeStyle = ink.line;
  pen.lineWidth = 2;
  pen.beginPath();
  for (let at = -BAND; at < wide; at += 8) {
    pen.moveTo(at, TOP + BAND);
    pen.lineTo(at + BAND, TOP);
  }
  pen.stroke();
  pen.restore();
}

/** @param {CanvasRenderingContext2D} pen @param {Day} day @param {Ink} ink @param {(at: number) => number} x @param {number} wide */
function curve(pen, day, ink, x, wide) {
  const base = TOP + BAND + TALK;
  const step = day.length / Math.max(1, day.talk.length);
  pen.fillStyle = ink.green;
  pen.globalAlpha = 0.35;
  pen.beginPath();
  pen.moveTo(x(0), base);
  day.talk.forEach((share, number) => {
    const high = base - (Math.sqrt(share / 100) * (TALK - 4));
    pen.lineTo(x(step * number), high);
    pen.lineTo(x(step * (number + 1)), high);
  });
  pen.lineTo(x(day.length), base);
  pen.fill();
  pen.globalAlpha = 1;
  pen.fillStyle = ink.line;
  pen.fillRect(0, base, wide, 1);
}

/** @param {CanvasRenderingContext2D} pen @param {Ink} ink @param {string} words @param {number} middle */
function label(pen, ink, words, middle) {
  pen.textAlign = "left";
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = ink.card;
  pen.strokeText(words, 4, middle + 3, 160);
  pen.fillStyle = ink.ink;
  pen.fillText(words, 4, middle + 3, 160);
}

/** @param {CanvasRenderingContext2D} pen @param {number} at @param {number} high @param {string} colour @param {number} wide */
function line(pen, at, high, colour, wide) {
  pen.fillStyle = colour;
  pen.fillRect(at - wide / 2, TOP - 6, wide, high);
}
