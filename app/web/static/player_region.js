// "What is this?": a part of the picture that stands still is marked, and what it is and where else it was seen is told.

import { h, json, messageOf, openPage, pick, pickAll } from "./dom.js";
import { t } from "./words.js";

/** @import { RegionAnswer, RegionName, SeenMoment } from "./types.d.ts" */
/** @typedef {{ left: number, top: number, width: number, height: number }} Place */
/** @typedef {[left: number, top: number, right: number, bottom: number]} Box */

const TAPPED = 0.02; // of the picture's sides: what is marked smaller is meant as a point
const POINT = 0.125; // of them, on either side of that point
const WHOLE = /** @type {Box} */ ([0, 0, 1, 1]);

/** Where a picture is inside of an element that shows all of it. @param {Place} around @param {number} width @param {number} height @returns {Place} */
export function pictureIn(around, width, height) {
  const scale = Math.min(around.width / (width || 1), around.height / (height || 1));
  const [wide, high] = [width * scale, height * scale];
  return { left: around.left + (around.width - wide) / 2, top: around.top + (around.height - high) / 2, width: wide, height: high };
}

/**
 * The part of a picture between two points of the page, as fractions of it; around a point that was tapped.
 * @param {Place} picture @param {[number, number]} from @param {[number, number]} to @returns {Box}
 */
export function marked({ left, top, width, height }, from, to) {
  const inside = (/** @type {number} */ at) => Math.min(1, Math.max(0, at));
  const [across, down] = [[from[0], to[0]].map((x) => inside((x - left) / width)), [from[1], to[1]].map((y) => inside((y - top) / height))];
  const [[l, r], [o, u]] = [across, down].map((ends) => ends.sort((one, two) => one - two));
  if (r - l >= TAPPED && u - o >= TAPPED) return [l, o, r, u];
  return [inside(l - POINT), inside(o - POINT), inside(r + POINT), inside(u + POINT)];
}

/** How sure a name is, in words. @param {RegionName} name */
export function surely({ kind, sure }) {
  if (sure === null) return kind === "person" ? t("by the face") : t("written there");
  const percent = Math.round(100 * sure);
  if (sure >= 0.8) return t("surely ({percent} %)", { percent });
  return sure >= 0.5 ? t("probably ({percent} %)", { percent }) : t("perhaps ({percent} %)", { percent });
}

export class RegionQuestion {
  /**
   * @param {HTMLElement} player @param {HTMLVideoElement} video
   * @param {() => { id: string, still: boolean } | null} playing what is in the player
   */
  constructor(player, video, playing) {
    this.player = player;
    this.video = video;
    this.playing = playing;
    this.button = pick(player, ".eb-what", HTMLButtonElement);
    this.mark = pick(player, ".eb-mark");
    this.frame = pick(player, ".eb-mark-box");
    this.panel = pick(player, ".eb-region");
    this.told = pick(player, ".eb-region-told");
    this.whole = pick(player, ".eb-region-whole"); // shown while it can be marked
    this.asked = new AbortController();
    this.drawn = new AbortController();
    this.away = false; // whether a moment of the answer plays
    this.origin = h("p", { class: "eb-facts" }); // what the answer is of
    this.button.addEventListener("click", () => this.begin());
    this.whole.addEventListener("click", () => this.ask(WHOLE));
    pick(this.panel, ".eb-region-over").addEventListener("click", () => this.leave());
    for (const kind of ["play", "seeking", "emptied"]) video.addEventListener(kind, () => this.unmark(kind === "seeking"));
    window.addEventListener("resize", () => { if (!this.mark.hidden) this.unmark(); });
    this.mark.addEventListener("pointerdown", (event) => this.draw(event));
    this.mark.addEventListener("touchend", (event) => event.preventDefault()); // its click would start the film below
  }

  /** The picture lies open to be marked. */
  begin() {
    this.leave();
    this.video.pause();
    const { left, top, width, height } = this.picture();
    const within = pick(this.player, ".eb-player-on").getBoundingClientRect();
    Object.assign(this.mark.style, { left: `${left - within.left}px`, top: `${top - within.top}px`, width: `${width}px`, height: `${height}px` });
    this.mark.hidden = this.panel.hidden = this.whole.hidden = false;
    this.frame.hidden = true;
    this.told.replaceChildren(h("p", {}, t("Draw around it in the picture, or tap it.")));
    this.whole.focus({ preventScroll: true });
    this.mark.scrollIntoView({ block: "nearest" });
  }

  /** Where the picture is on the page. @returns {Place} */
  picture() {
    const photo = pick(this.player, ".eb-photo", HTMLImageElement);
    const [shown, width, height] = this.playing()?.still ? [photo, photo.naturalWidth, photo.naturalHeight] : [this.video, this.video.videoWidth, this.video.videoHeight];
    return pictureIn(shown.getBoundingClientRect(), width, height);
  }

  /** Follows a finger or the mouse until it is lifted. @param {PointerEvent} down */
  draw(down) {
    if (!down.isPrimary || this.whole.hidden) return;
    down.preventDefault();
    const picture = this.picture();
    const from = /** @type {[number, number]} */ ([down.clientX, down.clientY]);
    const over = this.drawn = new AbortController();
    const { signal } = over;
    this.mark.setPointerCapture(down.pointerId);
    /** @param {PointerEvent} event */
    const box = (event) => marked(picture, from, [event.clientX, event.clientY]);
    this.mark.addEventListener("pointermove", (event) => this.show(box(event)), { signal });
    this.mark.addEventListener("pointercancel", () => { over.abort(); this.frame.hidden = true; }, { signal });
    this.mark.addEventListener("pointerup", (event) => { over.abort(); this.ask(box(event)); }, { signal });
  }

  /** Draws what is marked. @param {Box} box */
  show([left, top, right, bottom]) {
    const percent = (/** @type {number} */ part) => `${100 * part}%`;
    Object.assign(this.frame.style, { left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top) });
    this.frame.hidden = false;
  }

  /** @param {Box} box */
  async ask(box) {
    const playing = this.playing();
    if (!playing) return;
    this.asked.abort();
    const { signal } = this.asked = new AbortController();
    this.show(box);
    this.whole.hidden = true;
    this.told.focus({ preventScroll: true });
    this.told.replaceChildren(h("p", {}, t("Looking …")));
    const [left, top, right, bottom] = box.map((part) => part.toFixed(4));
    const at = playing.still ? 0 : this.video.currentTime;
    const when = pick(this.player, ".eb-when").textContent;
    const query = new URLSearchParams({ recording: playing.id, at: String(at), left, top, right, bottom });
    try {
      const answer = await json(`/api/search/region?${query}`, { signal });
      if (signal.aborted) return;
      this.show(answer.box);
      this.told.replaceChildren(...told(answer));
      const what = answer.names[0]?.name ?? t("a part of a picture");
      this.origin.replaceChildren(h("a", { href: `#seek=${encodeURIComponent(playing.id)},${at},${at},` }, t("Of {what}, {when}", { what, when })));
    } catch (error) {
      if (!signal.aborted) this.told.replaceChildren(h("p", {}, messageOf(error)));
    }
  }

  /** Another picture is shown, to which neither mark nor answer belong. @param {boolean} [moved] it can still be marked */
  unmark(moved = false) {
    if (moved && !this.whole.hidden) return;
    this.mark.hidden = true;
    if (!this.away) this.leave();
  }

  /** Something is played: an answer stays where it was pressed in it, and says what it is of. @param {Element} [pressed] */
  follow(pressed) {
    if (!this.panel.contains(pressed ?? null)) return this.leave();
    this.away = true;
    this.told.prepend(this.origin);
  }

  /** Takes the moments of a recording that is gone out of an answer. @param {string} recording */
  drop(recording) {
    for (const link of pickAll(this.told, `.eb-region-seen a[href^="#seek=${encodeURIComponent(recording)},"]`)) {
      if (link === document.activeElement) this.told.focus({ preventScroll: true });
      link.closest("li")?.remove();
    }
  }

  /** Ends it; the focus does not get lost. */
  leave() {
    const within = this.panel.contains(document.activeElement);
    this.asked.abort();
    this.drawn.abort();
    this.away = false;
    this.mark.hidden = this.panel.hidden = this.whole.hidden = true;
    this.told.replaceChildren();
    if (within) this.button.focus();
  }
}

/** An answer as elements. @param {RegionAnswer} answer */
function* told({ names, same, others, note }) {
  const people = names.filter(({ kind }) => kind === "person").map(({ name }) => name).join(", ");
  if (names.length) yield h("ul", { class: "eb-region-names" }, ...names.map(named));
  if (same.length) yield* moments(people ? t("Where else you met {names}", { names: people }) : t("Where else it was seen"), same);
  else if (others.length) yield h("p", {}, t("No other picture shows this one for sure."));
  if (others.length) yield* moments(t("Other moments with such a thing"), others);
  if (note) yield h("p", { class: "eb-facts" }, note);
}

/** @param {RegionName} name */
function named({ kind, name, sure, search }) {
  const more = search && h("a", { href: `#page=search&q=${encodeURIComponent(search)}`, "aria-label": t("Search for {name}", { name }) }, t("Search"));
  const who = kind === "person" && !search && h("button", { type: "button", class: "eb-link", onclick: () => openPage("people") }, t("Name this person"));
  return h("li", {}, h("strong", {}, kind === "text" ? `“${name}”` : name), h("span", { class: "eb-facts" }, surely({ kind, name, sure, search })), more || who || null);
}

/** @param {string} title @param {SeenMoment[]} seen */
function* moments(title, seen) {
  yield h("h4", {}, title);
  yield h("ul", { class: "eb-region-seen" }, ...seen.map(({ recording, day_label: day, time, seek, end, picture, caption, why }) => {
    const text = caption.map(([piece]) => piece).join("");
    const place = [recording, seek, end, text].map(encodeURIComponent).join(",");
    const words = h("span", {}, h("b", {}, `${day}, ${time}`), h("small", {}, why.join(" · ")), h("span", { class: "eb-region-words" }, text));
    return h("li", {}, h("a", { href: `#seek=${place}`, title: text }, picture && h("img", { src: picture, alt: "", loading: "lazy" }), words));
  }));
}
