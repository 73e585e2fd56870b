// The one player. Links of the form #seek=<recording>,<seconds>,<end>,<quote> play in it.

import { around, focused, h, json, messageOf, pick } from "./dom.js";
import { Controls } from "./player_controls.js";
import { Proxy, refuses } from "./player_proxy.js";
import { Seek } from "./player_seek.js";
import { Size } from "./player_size.js";
import { Transcript, cuesOf } from "./player_transcript.js";
import { PlayerWays } from "./player_ways.js";
import { followAddress } from "./timeline_link.js";
import { language, locale, t } from "./words.js";

/** @import { Cue, PlayRequest, Recording } from "./types.d.ts" */

const CLOCK = new Intl.DateTimeFormat(locale, {
  weekday: "short", day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "UTC",
});

const WITH_PLAYER = ["ask", "timeline", "search"]; // beside the page, where there is room

class Player {
  /** @param {HTMLElement} element */
  constructor(element) {
    /** @param {string} selector */
    const find = (selector) => pick(element, selector);
    this.element = element;
    this.empty = find(".eb-player-empty");
    pick(this.empty, "p").textContent = t("Press a ▶ time or a picture, and the moment plays here.");
    this.on = find(".eb-player-on");
    this.video = pick(element, "video", HTMLVideoElement);
    /** @type {HTMLImageElement | null} */
    this.photo = null;
    this.talk = pick(element, ".eb-talk", HTMLCanvasElement);
    this.trouble = find(".eb-trouble");
    this.save = pick(element, ".eb-save", HTMLAnchorElement);
    this.save.textContent = t("Save the file");
    this.when = find(".eb-when");
    this.name = find(".eb-name");
    this.quote = find(".eb-quote");
    this.ways = new PlayerWays(find(".eb-ways"));
    this.id = ""; // of the recording that is loaded
    /** @type {Recording | null} */
    this.recording = null; // once it is known
    /** @type {Cue[]} */
    this.cues = [];
    this.copied = "";
    this.wanted = 0;
    this.waits = false;
    /** @type {HTMLElement | null} */
    this.opener = null;
    /** @type {Promise<unknown>} */
    this.about = Promise.resolve();
    /** @type {Promise<unknown>} */
    this.stepping = Promise.resolve(); // to the moments before and after
    const close = find(".eb-close");
    close.setAttribute("aria-label", t("Close the player"));
    close.addEventListener("click", () => this.close());
    this.controls = new Controls(find(".eb-controls"), this.video, (by) => this.beside(by));
    this.size = new Size(element, this.video, () => this.controls.toggle());
    this.bar = new Seek(find(".eb-seek"), this.video, () => ({ id: this.id, length: this.length() }), (at) => this.seek(at));
    this.transcript = new Transcript(pick(element, ".eb-transcript", HTMLDetailsElement), (at) => { this.seek(at); this.start(); });
    this.transcript.element.open = window.matchMedia("(min-width: 861px)").matches;
    this.transcript.element.addEventListener("toggle", () => this.transcript.follow(this.video.currentTime));
    this.proxy = new Proxy(this.trouble, this.video, (address) => this.playCopy(address));
    this.page = ""; // on which it was opened
    this.listen();
    new MutationObserver(() => this.turn()).observe(document.body, { attributeFilter: ["data-page"] });
  }

  listen() {
    const { video } = this;
    video.addEventListener("timeupdate", () => this.tell());
    video.addEventListener("seeked", () => this.tell());
    video.addEventListener("error", () => this.explain());
    video.addEventListener("loadeddata", () => this.checkPicture());
    this.talk.addEventListener("click", (event) => this.seek((event.offsetX / this.talk.clientWidth) * this.length()));
    document.addEventListener("eb-forgotten", () => this.close()); // it may be what plays
    new ResizeObserver(() => this.drawTalk()).observe(this.talk);
    document.addEventListener("keydown", (event) => {
      if (document.body.classList.contains("eb-playing")) this.controls.key(event, this.element.contains(around(event, "*")));
    }, true);
    document.addEventListener("keydown", (event) => {
      const busy = document.fullscreenElement || around(event, "input, textarea, select, dialog, details.eb-menu, .eb-nav-open, #eb-notices");
      if (event.key === "Escape" && !event.defaultPrevented && !this.on.hidden && !busy) this.close();
    });
  }

  /** Plays a recording from `start` (seconds); `words` is what is seen or said there. @param {PlayRequest} moment */
  async play({ recording, start, words }) {
    if (!this.element.contains(document.activeElement)) this.opener = focused();
    this.empty.hidden = true;
    this.on.hidden = false;
    this.page = document.body.dataset.page ?? "";
    document.body.classList.add("eb-playing");
    this.quote.textContent = words ?? "";
    if (this.id !== recording) this.load(recording);
    this.seek(start);
    this.start();
    await this.about;
    this.tell();
  }

  /** Another page has come: where the player has no place, it waits for its own. */
  turn() {
    if (this.on.hidden) return;
    const now = document.body.dataset.page ?? "";
    const here = now === this.page || WITH_PLAYER.includes(now) && window.matchMedia("(min-width: 861px)").matches;
    document.body.classList.toggle("eb-playing", here);
    if (!here) this.video.pause();
  }

  start() {
    this.video.play().catch(() => {}); // a browser that wants another click shows its own button
  }

  /** @param {string} recording */
  load(recording) {
    this.forget();
    this.id = recording;
    this.recording = null;
    const place = encodeURIComponent(recording);
    this.save.href = `/media/${place}?download=1`;
    this.video.src = `/media/${place}`;
    this.about = json(`/api/pages/recording/${place}`)
      .then((found) => this.introduce(found))
      .catch((error) => this.complain(messageOf(error), false));
    fetch(`/api/recordings/${place}/transcript.vtt`, { credentials: "same-origin" })
      .then((reply) => (reply.ok ? reply.text() : "")).catch(() => "")
      .then((text) => this.read(recording, text));
  }

  forget() {
    this.proxy.leave();
    this.trouble.hidden = true;
    this.when.textContent = "";
    this.name.textContent = "";
    this.cues = [];
    this.transcript.show([]);
    this.photo?.remove();
    this.photo = null;
    this.video.hidden = false;
    this.talk.hidden = true;
    this.video.replaceChildren();
    this.on.classList.remove("eb-sound-only", "eb-still");
  }

  /** @param {Recording} found */
  introduce(found) {
    if (found.id !== this.id) return;
    this.recording = found;
    this.name.textContent = found.name;
    this.ways.suit(found, () => this.video.currentTime);
    const sound = !found.has_video;
    this.on.classList.toggle("eb-sound-only", sound);
    this.talk.hidden = !sound;
    if (sound) this.drawTalk();
    this.controls.suit({ pictures: !sound, captions: this.cues.length > 0 });
    if (found.kind === "photo") return this.showPhoto(found);
    if (!found.available) this.explain();
    else if (found.held || this.video.error || refuses(this.video, found.plays_as)) this.explain();
    else if (this.video.readyState >= 2) this.checkPicture();
  }

  /** @param {string} recording @param {string} text */
  read(recording, text) {
    if (recording !== this.id) return;
    this.cues = cuesOf(text);
    this.transcript.show(this.cues);
    if (this.cues.length) {
      this.video.append(h("track", { kind: "captions", label: t("Captions"), srclang: language,
        src: `/api/recordings/${encodeURIComponent(recording)}/transcript.vtt` }));
      this.controls.setCaptions(this.controls.kept.captions);
    }
    this.controls.suit({ pictures: this.recording?.has_video ?? true, captions: this.cues.length > 0 });
    this.drawTalk();
    this.tell();
  }

  /** @param {Recording} found */
  showPhoto(found) {
    this.on.classList.add("eb-still");
    this.video.pause();
    this.video.hidden = true;
    this.photo = h("img", { class: "eb-photo", alt: this.quote.textContent || found.name, onerror: () => this.photoElse() });
    this.video.before(this.photo);
    if (found.available) this.photo.src = `/media/${encodeURIComponent(found.id)}`;
    else this.photoElse();
    this.tell();
  }

  /** A photo of a kind that the browser does not show, HEIC for example: its thumbnail. */
  photoElse() {
    const poster = this.recording?.poster;
    if (this.photo && poster && !this.photo.src.endsWith(poster)) this.photo.src = poster;
    if (this.recording?.available === false) this.explain();
  }

  /** @param {number} start */
  seek(start) {
    const { video } = this;
    this.wanted = start;
    if (video.readyState >= 1) video.currentTime = start;
    else if (!this.waits) {
      this.waits = true;
      video.addEventListener("loadedmetadata", () => { this.waits = false; video.currentTime = this.wanted; }, { once: true });
    }
  }

  /** @param {string} address */
  playCopy(address) {
    this.trouble.hidden = true;
    this.proxy.leave();
    this.copied = this.id;
    this.video.src = address;
    this.seek(this.wanted);
    this.start();
  }

  /** Plays the moment after (1) or before (-1) what is shown, in whichever recording it is; asked twice, two further. @param {number} by */
  beside(by) {
    this.stepping = this.stepping.then(() => this.step(by));
  }

  /** @param {number} by */
  async step(by) {
    await this.about;
    if (!this.recording) return;
    const at = this.recording.start + (this.waits ? this.wanted : this.video.currentTime);
    const next = await json(`/api/pages/beside?at=${at}&by=${by}`).catch(() => null);
    if (next?.kind === "moment") await this.play({ recording: next.recording, start: next.offset, words: next.speech ? `“${next.speech}”` : next.caption });
  }

  tell() {
    if (!this.recording) return;
    const { id, start, utc_offset: offset } = this.recording;
    const at = this.video.currentTime;
    this.when.textContent = CLOCK.format(new Date((start + offset + at) * 1000)).replace(/,/g, "");
    this.transcript.follow(at);
    if (!this.talk.hidden) this.drawTalk();
    document.dispatchEvent(new CustomEvent("eb-now", { detail: { recording: id, at, time: start + at } }));
  }

  length() {
    return Number.isFinite(this.video.duration) ? this.video.duration : this.recording?.duration ?? 1;
  }

  /** For sound alone: bars where somebody speaks, and where in it we are. */
  drawTalk() {
    if (this.talk.hidden || !this.talk.clientWidth) return;
    const { clientWidth: wide, clientHeight: high } = this.talk;
    const sharp = window.devicePixelRatio || 1;
    this.talk.width = wide * sharp;
    this.talk.height = high * sharp;
    const pen = this.talk.getContext("2d");
    if (!pen) return;
    pen.scale(sharp, sharp);
    const style = getComputedStyle(this.talk);
    const length = this.length();
    pen.fillStyle = style.getPropertyValue("--eb-line");
    pen.fillRect(0, high / 2, wide, 1);
    const words = this.cues.flatMap((cue) => cue.words.map((word, n) => [word.at, cue.words[n + 1]?.at ?? cue.end, word.text.length]));
    pen.fillStyle = style.getPropertyValue("--eb-green");
    for (const [from, to, letters] of words) {
      const tall = Math.min(1, 0.25 + letters / 12) * (high - 8);
      pen.fillRect((from / length) * wide, (high - tall) / 2, Math.max(((to - from) / length) * wide - 1, 1.5), tall);
    }
    pen.fillStyle = style.getPropertyValue("--eb-red");
    pen.fillRect((this.video.currentTime / length) * wide - 1, 0, 2, high);
  }

  checkPicture() {
    if (this.recording?.kind === "video" && this.recording.has_video && this.video.videoWidth === 0) this.explain();
  }

  explain() {
    const { recording } = this;
    if (!recording || recording.kind === "photo" && recording.available) return;
    if (recording.available === false) {
      this.complain(t("The file of this recording was moved away or deleted, or another one has its name now, so it cannot be played. Put it back where it was, or add it again in the Library."), false);
    } else if (recording.available && this.proxy.recording !== recording) {
      if (this.copied === recording.id) return this.complain(t("This browser plays neither this recording nor a copy of it. Save the file and open it in another player, VLC for example."), !recording.held);
      this.save.hidden = recording.held;
      this.proxy.need(recording);
    }
  }

  /** @param {string} words @param {boolean} withFile */
  complain(words, withFile) {
    pick(this.trouble, "p").textContent = words;
    this.save.hidden = !withFile;
    this.trouble.hidden = false;
  }

  /** Gives the focus back to what the player was opened from, where it would be lost. */
  close() {
    if (this.element.contains(document.activeElement)) this.opener?.focus();
    this.forget();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.ways.leave();
    this.id = "";
    this.recording = null;
    this.copied = "";
    this.on.hidden = true;
    this.empty.hidden = false;
    this.size.set(false);
    document.body.classList.remove("eb-playing");
    document.dispatchEvent(new CustomEvent("eb-now", { detail: null }));
  }
}

/** @type {Player | null} */
let player = null;

/** Plays a moment; for the other pages. @param {PlayRequest} moment */
export function play(moment) {
  player?.play(moment);
}

/** @param {MouseEvent} event */
function follow(event) {
  const link = around(event, 'a[href*="#seek="], a[href*="#cite="]');
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  const [recording, start, , words] = (link.getAttribute("href") ?? "").replace(/^.*#(?:seek|cite)=/, "").split(",").map(decodeURIComponent);
  play({ recording, start: Number(start), words });
}

/** @param {HTMLElement} element */
export function mount(element) {
  pick(element, ".eb-player").setAttribute("aria-label", t("Player"));
  player = new Player(element);
  document.addEventListener("click", follow, true);
  followAddress();
}
