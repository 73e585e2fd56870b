// The picture of any second of a recording, out of the sheets that its storyboard (WebVTT) names.

import { h, request } from "./dom.js";
import { position } from "./format.js";

/** Where the picture of some seconds is. @typedef {{ start: number, end: number, sheet: string, place: number[] }} Tile */

const CUE = /([\d:.]+) --> ([\d:.]+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g;
const FRESH = 60_000; // ms for which a storyboard is believed: more may come, or be forgotten
const SHEETS = 40; // of half a minute each, that are held at a time
const PAUSE = 20; // ms that a pointer rests on what has to be fetched
/** @type {Map<string, { until: number, tiles: Promise<Tile[]> }>} */
const boards = new Map();
/** @type {Map<string, Promise<HTMLImageElement>>} */
const sheets = new Map();
/** The last call for each canvas. @type {WeakMap<HTMLCanvasElement, object>} */
const turns = new WeakMap();

document.addEventListener("eb-forgotten", () => { boards.clear(); sheets.clear(); });

/** @param {string} clock */
const seconds = (clock) => clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

/** The tiles of a storyboard; `folder` is where its sheets are. @param {string} text @param {string} folder @returns {Tile[]} */
export function tilesOf(text, folder) {
  return [...text.matchAll(CUE)].map(([, start, end, sheet, ...place]) => (
    { start: seconds(start), end: seconds(end), sheet: folder + sheet, place: place.map(Number) }));
}

/** @param {string} recording */
function tilesIn(recording) {
  const known = boards.get(recording);
  if (known && known.until > Date.now()) return known.tiles;
  const folder = `/thumbnails/${encodeURIComponent(recording)}/`;
  const tiles = request(`${folder}storyboard.vtt`).then((reply) => reply.text())
    .then((text) => tilesOf(text, folder)).catch(() => []);
  boards.set(recording, { until: Date.now() + FRESH, tiles });
  return tiles;
}

/** @param {string} address */
function sheetAt(address) {
  const image = new Image();
  image.src = address;
  const sheet = image.decode().then(() => image);
  sheets.set(address, sheet);
  if (sheets.size > SHEETS) sheets.delete([...sheets.keys()][0]);
  sheet.catch(() => sheets.delete(address));
  return sheet;
}

/**
 * Draws the picture of a second of a recording. Gives whether there is one, once it is drawn, and
 * null where another call for the same canvas came meanwhile.
 * @param {HTMLCanvasElement} canvas @param {string} recording @param {number} at
 */
export async function draw(canvas, recording, at) {
  const turn = {};
  turns.set(canvas, turn);
  const tile = (await tilesIn(recording)).find(({ start, end }) => at >= start - 0.001 && at < end);
  if (tile && !sheets.has(tile.sheet)) await new Promise((done) => { setTimeout(done, PAUSE); });
  if (turns.get(canvas) !== turn) return null;
  const sheet = tile && await (sheets.get(tile.sheet) ?? sheetAt(tile.sheet)).catch(() => null);
  if (turns.get(canvas) !== turn) return null;
  if (!tile || !sheet) return false;
  const [left, top, width, height] = tile.place;
  Object.assign(canvas, { width, height });
  canvas.getContext("2d")?.drawImage(sheet, left, top, width, height, 0, 0, width, height);
  canvas.dataset.at = String(tile.start);
  return true;
}

/** A picture with its time that floats above a bar, where that is pointed at. */
export class Hover {
  constructor() {
    this.canvas = h("canvas");
    this.time = h("span");
    this.element = h("div", { class: "eb-hover", "aria-hidden": "true", hidden: true }, this.canvas, this.time);
  }

  /** @param {number} share of the bar, from its left end @param {string} recording @param {number} at */
  async show(share, recording, at) {
    this.element.style.setProperty("--share", String(share));
    this.time.textContent = position(at);
    const drawn = await draw(this.canvas, recording, at);
    if (drawn !== null) this.element.hidden = !drawn;
  }

  hide() {
    turns.set(this.canvas, {});
    this.element.hidden = true;
  }
}
