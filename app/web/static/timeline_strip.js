// The day as a strip that scrolls: wheel, pinch, + and − zoom, dragging moves it, a click plays.

import { around, h, pick, pickAll } from "./dom.js";

/** @import { Day } from "./types.d.ts" */
/** What its wall clock shows, minute by minute; positions are seconds from its beginning. @typedef {Pick<Day, "clock">} Clock */

const CLOSEST = 120; // seconds that the strip shows at the least
const STEPS = [1, 5, 10, 30, 60, 120, 180, 360]; // minutes between two numbers of its clock
const NUMBER = 40; // pixels that a number of the clock takes
const APART = 70; // pixels between two, at the least
const MOVED = 5; // pixels from which on a press is a drag

/** @param {number} value @param {number} least @param {number} most */
const clamp = (value, least, most) => Math.max(least, Math.min(value, most));

/** "18:42", or "18:42:30" with `seconds`. @param {Clock} day @param {number} at */
export function clockWords({ clock }, at, seconds = false) {
  const whole = Math.max(0, Math.floor(at + 0.001));
  const minute = clock[Math.min(Math.floor(whole / 60), clock.length - 1)];
  return seconds ? `${minute}:${String(whole % 60).padStart(2, "0")}` : minute;
}

/**
 * The minutes of which a strip of so many pixels has room for the clock, where it shows `span` seconds from a position.
 * @param {Clock} day @param {number} from @param {number} span @param {number} pixels
 */
export function ticks({ clock }, from, span, pixels) {
  const most = Math.max(2, Math.floor(pixels / APART));
  const step = STEPS.find((minutes) => span / 60 / minutes <= most) ?? 360;
  const [first, last] = [Math.ceil(from / 60), Math.floor((from + span * (1 - NUMBER / pixels)) / 60)];
  return clock.slice(first, last + 1).flatMap((words, number) => {
    const [hour, minute] = words.split(":").map(Number);
    return (hour * 60 + minute) % step ? [] : [first + number];
  });
}

export class Strip {
  /**
   * `peek(at, span)` is told where the cursor is, `choose(at)` what is to be played.
   * @param {HTMLElement} element @param {Day} day @param {{ peek: (at: number, span: number) => unknown; choose: (at: number) => unknown }} actions
   */
  constructor(element, day, { peek, choose }) {
    this.day = day;
    this.peek = peek;
    this.choose = choose;
    const track = pick(element, ".eb-track");
    this.track = track;
    this.whole = pick(element, ".eb-lanes");
    const [numbers, lanes, hover, cursor, playing] = pickAll(this.whole, "div, i");
    this.numbers = numbers;
    this.lanes = lanes;
    this.lines = { hover, cursor, playing };
    this.scale = pick(element, ".eb-facts");
    element.addEventListener("click", (event) => {
      const by = around(event, "button")?.getAttribute("value");
      if (by) this.zoom(Number(by));
    });
    track.addEventListener("keydown", (event) => this.key(event));
    track.addEventListener("scroll", () => {
      this.begin = this.from;
      this.draw();
    });
    track.addEventListener("wheel", (event) => this.wheel(event));
    track.addEventListener("pointerdown", (event) => this.press(event));
    track.addEventListener("pointermove", (event) => this.move(event));
    track.addEventListener("pointerleave", () => this.leave());
    track.addEventListener("click", (event) => this.click(event));
    for (const kind of /** @type {const} */ (["touchstart", "touchmove"])) track.addEventListener(kind, (event) => this.pinch(event));
    this.span = 0; // seconds that are in sight
    this.begin = 0; // and the first of them
    this.cursor = 0;
    /** @type {number | null} */
    this.hover = null;
    this.finger = false;
    this.dragged = 0; // pixels that the mouse went with its button pressed
    this.gap = 0; // pixels between two fingers
    new ResizeObserver(() => { if (this.span) this.look(this.begin, this.span); }).observe(this.track); // it may have come into view
  }

  /** Shows a day; where it is the one shown already, zoom and cursor stay. @param {Day} day */
  show(day) {
    const same = this.day.day === day.day;
    this.day = day;
    this.lanes.replaceChildren(...day.lanes.map(({ kind, name, bars }) => h("div", { class: `eb-lane-${kind}` },
      ...bars.map(([left, width, high]) => h("i", { style: `left: ${left}%; width: ${width}%; height: ${high}%` })),
      name ? h("b", {}, name) : null)));
    this.track.setAttribute("aria-valuemax", String(Math.round(day.length)));
    if (same) return this.draw();
    const [from, to] = day.view;
    this.cursor = day.first;
    this.hover = null;
    this.look(from, to - from);
  }

  /** @param {number} at */
  percent(at) { return `${(100 * at) / this.day.length}%`; }

  /** Puts the cursor at a position, zooming in to `span` seconds if given. @param {number} at */
  go(at, span = 0) {
    this.cursor = clamp(at, 0, this.day.length - 1);
    if (span || !this.inside()) this.look(this.cursor - (span || this.span) / 2, span || this.span);
    this.leave();
  }

  /** What a screen reader says of the cursor. @param {string} words */
  say(words) {
    this.track.setAttribute("aria-valuenow", String(Math.round(this.cursor)));
    this.track.setAttribute("aria-valuetext", `${clockWords(this.day, this.cursor, true)}. ${words}`);
  }

  /** The position at the left end of what is in sight. */
  get from() { return this.at({ clientX: this.track.getBoundingClientRect().left + this.track.clientLeft }); }

  inside() { return this.cursor >= this.from && this.cursor <= this.from + this.span; }

  /** @param {number} from @param {number} span */
  look(from, span) {
    [this.begin, this.span] = [from, span];
    this.whole.style.width = `${(100 * this.day.length) / this.span}%`;
    this.track.scrollLeft = (from / this.day.length) * this.whole.getBoundingClientRect().width;
    this.draw();
  }

  /** Shows `by` times as much time; what is at `about` stays where it is. @param {number} by */
  zoom(by, about = this.inside() ? this.cursor : this.from + this.span / 2) {
    const span = clamp(this.span * by, CLOSEST, this.day.length);
    this.look(about - (about - this.from) * (span / this.span), span);
    this.tell();
  }

  tell() { this.draw(); this.peek(this.hover ?? this.cursor, this.span); }

  /** @param {{ clientX: number }} event */
  at({ clientX }) {
    const { left, width } = this.whole.getBoundingClientRect();
    return clamp((clientX - left) / Math.max(width, 1), 0, 1) * this.day.length;
  }

  /** Up and down zooms; sideways the browser scrolls. @param {WheelEvent} event */
  wheel(event) {
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    this.zoom(Math.exp(clamp(pixels, -300, 300) / 300), this.at(event));
  }

  /** Two fingers zoom: what is between them stays there. One scrolls, as the browser does. @param {TouchEvent} event */
  pinch(event) {
    const [first, second] = event.touches;
    const gap = second ? Math.max(20, Math.abs(first.clientX - second.clientX)) : 0;
    if (gap && event.cancelable) event.preventDefault();
    if (gap && this.gap) this.zoom(this.gap / gap, this.at({ clientX: (first.clientX + second.clientX) / 2 }));
    this.gap = gap;
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.finger = event.pointerType === "touch";
    this.dragged = 0;
    if (!this.finger) this.track.setPointerCapture(event.pointerId);
  }

  /** A mouse points, or with a button pressed drags. @param {PointerEvent} event */
  move(event) {
    if (event.pointerType === "touch") return;
    if (event.buttons) {
      this.dragged += Math.abs(event.movementX);
      if (this.dragged > MOVED) this.track.scrollLeft -= event.movementX;
    } else {
      this.hover = this.at(event);
      this.tell();
    }
  }

  /** Nothing is pointed at any more. */
  leave() {
    this.hover = null;
    this.tell();
  }

  /** @param {MouseEvent} event */
  click(event) {
    if (this.dragged > MOVED) return;
    this.cursor = this.at(event);
    this.leave();
    // A finger hides what it points at: it looks first, and plays by the button below.
    if (!this.finger) this.choose(this.cursor);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(10, 10 * Math.round(this.span / 1440)) * (event.shiftKey ? 6 : 1);
    const { first, last } = this.day;
    /** @type {Record<string, () => unknown>} */
    const acts = {
      ArrowLeft: () => this.go(this.cursor - step), ArrowRight: () => this.go(this.cursor + step),
      ArrowDown: () => this.go(this.cursor - step), ArrowUp: () => this.go(this.cursor + step),
      Home: () => this.go(first), End: () => this.go(last - 1),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.zoom(Infinity),
      Enter: () => this.choose(this.cursor), " ": () => this.choose(this.cursor),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** Puts one of the lines at a position; null takes it away. @param {"hover" | "cursor" | "playing"} name @param {number | null} at */
  put(name, at) {
    this.lines[name].hidden = at === null;
    if (at !== null) this.lines[name].style.left = this.percent(at);
  }

  /** Draws what depends on the part that is in sight. */
  draw() {
    const { day, from, span } = this;
    if (!day.day || !this.track.clientWidth) return;
    const minutes = ticks(day, from, span, this.track.clientWidth);
    this.numbers.replaceChildren(...minutes.map((minute) => h("span", { style: `left: ${this.percent(minute * 60)}` }, day.clock[minute])));
    this.put("cursor", this.cursor);
    this.put("hover", this.hover);
    const begin = 60 * Math.round(from / 60); // it scrolls by whole pixels
    this.scale.textContent = `${clockWords(day, begin)}–${clockWords(day, begin + span - 1)}`;
  }
}
