// The day as a strip: drag or arrow keys pan, wheel, pinch, + and - zoom, a click plays.

import { h } from "./dom.js";
import { UNKNOWN_DAY, clockWords, ticks } from "./timeline_clock.js";
import { paint, rowsOf } from "./timeline_paint.js";
import { filled, tickStep, within, zoomed } from "./timeline_range.js";
import { t } from "./words.js";

/** @import { Day } from "./types.d.ts" */

const MOVED = 5; // pixels from which on a press is a drag

export class Strip {
  /**
   * `peek(at)` is told where the cursor is, `choose(at)` what is to be played.
   * @param {{ peek: (at: number, span: number) => unknown; choose: (at: number) => unknown; turn: (by: number) => unknown }} actions
   */
  constructor({ peek, choose, turn }) {
    this.peek = peek;
    this.choose = choose;
    this.turn = turn;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.track = h("div", {
      class: "eb-track", tabindex: "0", role: "slider", "aria-label": t("Time of day"),
      "aria-valuemin": "0", "aria-valuenow": "0", "aria-describedby": "eb-strip-help",
      onkeydown: (event) => this.key(event),
    }, this.canvas);
    /** @param {number} by @param {string} label @param {string} mark */
    const zoom = (by, label, mark) => h("button", {
      type: "button", class: "eb-zoom", "aria-label": label, title: label, onclick: () => this.zoom(by),
    }, mark);
    this.scale = h("span", { class: "eb-facts" });
    this.element = h("div", { class: "eb-overview" }, this.track,
      h("div", { class: "eb-strip-tools" },
        zoom(2, t("Zoom out"), "−"), zoom(0.5, t("Zoom in"), "+"),
        h("button", { type: "button", class: "eb-link", onclick: () => this.whole() }, t("Whole day")),
        this.scale,
        h("span", { class: "eb-facts eb-help", id: "eb-strip-help" },
          t("Arrow keys move, + and − zoom, Enter plays, Page Up and Page Down change the day."))));
    this.day = UNKNOWN_DAY;
    this.rows = rowsOf(UNKNOWN_DAY);
    this.from = 0;
    this.to = 0;
    this.cursor = 0;
    /** @type {number | null} */
    this.playing = null;
    /** @type {number | null} */
    this.hover = null;
    /** @type {Map<number, PointerEvent>} */
    this.pointers = new Map();
    this.pressed = { x: 0, from: 0, moved: false };
    this.pinch = { gap: 1, span: 1 };
    this.asked = 0; // the frame in which it is drawn
    this.listen();
  }

  listen() {
    const { track } = this;
    track.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    track.addEventListener("pointerdown", (event) => this.press(event));
    track.addEventListener("pointermove", (event) => this.move(event));
    track.addEventListener("pointerup", (event) => this.release(event));
    track.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    track.addEventListener("pointerleave", () => this.leave());
    new ResizeObserver(() => this.draw()).observe(track);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    new MutationObserver(() => this.draw()).observe(document.body, { attributeFilter: ["class"] });
  }

  /** Shows a day; where it is the one shown already, zoom and cursor stay. @param {Day} day */
  show(day) {
    const same = this.day.day === day.day;
    this.day = day;
    this.rows = rowsOf(day);
    if (!same) {
      [this.from, this.to] = filled(day);
      this.cursor = day.spans[0]?.[0] ?? 0;
      this.hover = null;
    }
    this.track.setAttribute("aria-valuemax", String(Math.round(day.length)));
    this.draw();
  }

  /** Puts the cursor at a position, zooming in to `span` seconds if given. @param {number} at */
  go(at, span = 0) {
    this.cursor = Math.min(Math.max(at, 0), this.day.length - 1);
    if (span) this.look(this.cursor - span / 2, span);
    else if (this.cursor < this.from || this.cursor > this.to) this.look(this.cursor - (this.to - this.from) / 2, this.to - this.from);
    this.hover = null;
    this.tell();
  }

  /** Marks what the player shows; null takes the mark away. @param {number | null} at */
  mark(at) {
    if (at === this.playing) return;
    this.playing = at;
    this.draw();
  }

  /** What a screen reader says of the cursor. @param {string} words */
  say(words) {
    this.track.setAttribute("aria-valuenow", String(Math.round(this.cursor)));
    this.track.setAttribute("aria-valuetext", `${clockWords(this.day, this.cursor, true)}. ${words}`);
  }

  get span() { return this.to - this.from; }

  /** @param {number} from @param {number} span */
  look(from, span) {
    [this.from, this.to] = within(from, span, this.day.length);
    this.draw();
  }

  whole() { this.look(0, this.day.length); this.tell(); }

  /** Shows `by` times as much time; what is at `about` stays where it is. @param {number} by */
  zoom(by, about = this.inside() ? this.cursor : (this.from + this.to) / 2) {
    [this.from, this.to] = zoomed([this.from, this.to], by, about, this.day.length);
    this.tell();
  }

  inside() { return this.cursor >= this.from && this.cursor <= this.to; }

  tell() { this.draw(); this.peek(this.hover ?? this.cursor, this.span); }

  /** @param {{ clientX: number }} event */
  at(event) {
    const box = this.track.getBoundingClientRect();
    const x = Math.min(Math.max(event.clientX - box.left, 0), box.width);
    return this.from + (x / box.width) * this.span;
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.look(this.from + (event.deltaX / this.track.clientWidth) * this.span, this.span);
    } else {
      const pixels = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
      this.zoom(Math.exp(Math.min(Math.max(pixels, -300), 300) / 300), this.at(event));
    }
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button > 0) return;
    this.track.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.pressed = { x: event.clientX, from: this.from, moved: false };
    if (this.pointers.size === 2) this.pinch = { gap: this.gap(), span: this.span };
  }

  gap() {
    const [one, two] = [...this.pointers.values()];
    return Math.max(20, Math.abs(one.clientX - two.clientX));
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.pointers.has(event.pointerId)) {
      if (event.pointerType === "mouse") { this.hover = this.at(event); this.tell(); }
      return;
    }
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size === 2) {
      const [one, two] = [...this.pointers.values()];
      const middle = this.at({ clientX: (one.clientX + two.clientX) / 2 });
      this.pressed.moved = true;
      return this.zoom((this.pinch.span * (this.pinch.gap / this.gap())) / this.span, middle);
    }
    const by = event.clientX - this.pressed.x;
    if (Math.abs(by) > MOVED) this.pressed.moved = true;
    if (this.pressed.moved) this.look(this.pressed.from - (by / this.track.clientWidth) * this.span, this.span);
  }

  /** @param {PointerEvent} event */
  release(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size || this.pressed.moved) {
      if (this.pointers.size === 1) this.pressed = { x: [...this.pointers.values()][0].clientX, from: this.from, moved: true };
      return;
    }
    this.cursor = this.at(event);
    this.hover = null;
    this.tell();
    // A finger hides what it points at: it looks first, and plays by the button below.
    if (event.pointerType !== "touch") this.choose(this.cursor);
  }

  leave() {
    if (this.hover === null) return;
    this.hover = null;
    this.tell();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(10, 10 * Math.round(this.span / 1440)) * (event.shiftKey ? 6 : 1);
    const { spans } = this.day;
    /** @type {Record<string, () => unknown>} */
    const acts = {
      ArrowLeft: () => this.go(this.cursor - step), ArrowRight: () => this.go(this.cursor + step),
      ArrowDown: () => this.go(this.cursor - step), ArrowUp: () => this.go(this.cursor + step),
      Home: () => spans.length && this.go(spans[0][0]),
      End: () => spans.length && this.go(spans[spans.length - 1][1] - 1),
      PageUp: () => this.turn(-1), PageDown: () => this.turn(1),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.whole(),
      Enter: () => this.choose(this.cursor), " ": () => this.choose(this.cursor),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  draw() {
    if (!this.day.day || !this.track.clientWidth || this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      paint(this);
      this.scale.textContent = `${clockWords(this.day, this.from)}–${clockWords(this.day, Math.max(this.from, this.to - 1))}`;
    });
  }

  /** Where the clock's numbers stand: positions. */
  ticks() {
    return ticks(this.day, this.from, this.to, tickStep(this.span, this.track.clientWidth));
  }
}
