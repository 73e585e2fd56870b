// The one player. What is pressed to be played (pressed.js) plays in it.
// Its controls are those of media-chrome, which player.html places.

import "./vendor/media-chrome.min.js";
import { around, json, messageOf, openPage, pick, pickAll, post } from "./dom.js";
import { RegionQuestion } from "./player_region.js";
import { Transcript } from "./player_transcript.js";
import { onPressed } from "./pressed.js";
import { askToShare } from "./share.js";
import { followAddress } from "./timeline_link.js";
import { locale, t } from "./words.js";

/** @import { GetReplies, PlayRequest, Recording, TranscriptReply } from "./types.d.ts" */

const WITH_PLAYER = ["ask", "timeline", "search"]; // beside the page, where there is room
const BESIDE = window.matchMedia("(min-width: 861px)");
const STEP = 10; // seconds
const STEPS = { j: -STEP, l: STEP, k: 0, ArrowLeft: -STEP, ArrowRight: STEP, " ": 0 };
const EARLY = 0.05; // seconds that a film may stand before the moment that was asked for
const LOOK = 700; // ms between two looks at how far it is
const AT_ONCE = 900; // seconds of recording up to which nobody is asked whether it is to be made
const KEPT = "eb-player";
const DAY = new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year: "numeric" });

class Player {
  /** @param {HTMLElement} element */
  constructor(element) {
    /** @param {string} selector */
    this.find = (selector) => pick(element, selector);
    this.element = element;
    this.shell = this.find(".eb-player");
    this.on = this.find(".eb-player-on");
    this.video = pick(element, "video", HTMLVideoElement);
    this.captions = pick(element, ".eb-captions", HTMLTrackElement);
    this.name = this.find(".eb-name");
    this.quote = this.find(".eb-quote");
    this.wider = this.find(".eb-wider");
    this.transcript = new Transcript(pick(element, ".eb-transcript", HTMLDetailsElement));
    this.proxy = new Proxy(this);
    this.region = new RegionQuestion(element, this.video, () => this.recording && { id: this.recording.id, still: this.recording.kind === "photo" });
    this.id = ""; // of the recording that is loaded
    /** @type {Recording | null} */
    this.recording = null; // once it is known
    this.page = ""; // on which it was opened
    this.scrolled = 0; // where that was when the player became large
    /** @type {HTMLElement | null} */
    this.opener = null;
    /** @type {Promise<unknown>} */
    this.about = Promise.resolve();
    /** @type {Promise<unknown>} */
    this.stepping = Promise.resolve(); // to the moments before and after
    this.transcript.element.open = BESIDE.matches;
    for (const button of pickAll(element, "media-captions-button")) button.role = "switch"; // media-chrome calls it a button that is checked
    this.remember();
    this.listen();
  }

  listen() {
    const { video } = this;
    for (const kind of ["timeupdate", "seeked"]) video.addEventListener(kind, () => this.tell());
    for (const kind of ["error", "loadeddata"]) video.addEventListener(kind, () => this.judge());
    this.transcript.element.addEventListener("toggle", () => this.transcript.follow(video.currentTime));
    pick(this.on, ".eb-close").addEventListener("click", () => this.close());
    pick(this.on, ".eb-before").addEventListener("click", () => this.beside(-1));
    pick(this.on, ".eb-next").addEventListener("click", () => this.beside(1));
    this.wider.addEventListener("click", () => {
      const wide = !this.shell.classList.contains("eb-wide");
      if (wide) this.scrolled = window.scrollY;
      this.widen(wide);
      window.scrollTo(0, wide ? 0 : this.scrolled);
    });
    this.offer(".eb-share-this", ({ id, start: begin }, { start, end }) => askToShare(id, start - begin, end - begin));
    this.offer(".eb-show-this", (_, { day, time }) => openPage("timeline", { day, t: time }));
    this.offer(".eb-forget-this", (only, { start, end }) => openPage("privacy", { kind: "span", start, end, only }));
    document.addEventListener("eb-forgotten", () => this.close()); // it may be what plays
    document.addEventListener("keydown", (event) => this.key(event), true);
    document.addEventListener("keydown", (event) => {
      const busy = document.fullscreenElement || around(event, "input, textarea, select, dialog, details.eb-menu, .eb-nav:has(:popover-open), #eb-notices");
      if (event.key !== "Escape" || event.defaultPrevented || this.on.hidden || busy) return;
      if (this.region.panel.hidden) this.close();
      else this.region.leave();
    });
    new MutationObserver(() => this.turn()).observe(document.body, { attributeFilter: ["data-page"] });
  }

  /** Has a button do something with the moment that plays. @param {string} button @param {(recording: Recording, moment: GetReplies["/api/pages/moment"]) => unknown} act */
  offer(button, act) {
    this.find(button).addEventListener("click", async () => {
      const recording = /** @type {Recording} */ (this.recording);
      act(recording, await json(`/api/pages/moment?at=${recording.start + this.video.currentTime}&recording=${encodeURIComponent(recording.id)}`));
    });
  }

  /** Speed and captions last until the browser is closed; media-chrome keeps the volume. */
  remember() {
    const { video, captions: { track } } = this;
    const speeds = pick(this.on, ".eb-controls select", HTMLSelectElement);
    const { speed = 1, mode = "disabled" } = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    const keep = () => {
      speeds.value = String(video.playbackRate);
      video.defaultPlaybackRate = video.playbackRate; // of the next recording
      sessionStorage.setItem(KEPT, JSON.stringify({ speed: video.playbackRate, mode: track.mode }));
    };
    video.defaultPlaybackRate = video.playbackRate = speed;
    track.mode = mode;
    speeds.addEventListener("change", () => { video.playbackRate = Number(speeds.value); });
    video.addEventListener("ratechange", keep);
    video.textTracks.addEventListener("change", keep);
  }

  /** J, K and L anywhere but in a text; arrows and space where the player has the focus. @param {KeyboardEvent} event */
  key(event) {
    if (!document.body.classList.contains("eb-playing") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (around(event, "input, textarea, select, [contenteditable]")) return;
    const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const step = /** @type {Record<string, number | undefined>} */ (STEPS)[letter];
    const own = around(event, event.key === " " ? "button, a, summary, [role='button'], [role='switch']" : ".eb-lines, media-time-range, media-volume-range");
    if (step === undefined || !"jkl".includes(letter) && (own || !this.element.contains(around(event, "*")))) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) this.video.currentTime += step;
    else if (this.video.paused) this.start();
    else this.video.pause();
  }

  /** Plays a recording from `start` (seconds); `words` is what is seen or said there. @param {PlayRequest} moment @param {Element} [pressed] */
  async play({ recording, start, words }, pressed) {
    this.region.follow(pressed);
    if (!this.element.contains(document.activeElement)) this.opener = /** @type {HTMLElement | null} */ (document.activeElement);
    this.on.hidden = false;
    this.page = document.body.dataset.page ?? "";
    document.body.classList.add("eb-playing");
    if (words !== undefined || this.id !== recording) this.quote.textContent = words ?? "";
    if (this.id !== recording) this.load(recording);
    this.video.currentTime = start;
    this.start();
    await this.about;
    this.tell();
  }

  start() {
    this.video.play().catch(() => {}); // a browser that wants another click shows its own button
  }

  /** Another page has come: where the player has no place, it waits for its own. */
  turn() {
    if (this.on.hidden) return;
    const now = document.body.dataset.page ?? "";
    const here = now === this.page || WITH_PLAYER.includes(now) && BESIDE.matches;
    document.body.classList.toggle("eb-playing", here);
    if (!here) this.video.pause();
  }

  /** On a phone: the whole player, or a bar between the page and its menu. @param {boolean} wide */
  widen(wide) {
    this.shell.classList.toggle("eb-wide", wide);
    this.wider.ariaExpanded = String(wide);
  }

  /** @param {string} recording */
  load(recording) {
    this.show(null);
    this.region.unmark();
    this.id = recording;
    const place = encodeURIComponent(recording);
    pick(this.on, ".eb-save", HTMLAnchorElement).href = `/media/${place}?download=1`;
    this.video.src = `/media/${place}`;
    this.captions.src = `/api/recordings/${place}/transcript.vtt`;
    pick(this.on, ".eb-storyboard", HTMLTrackElement).src = `/thumbnails/${place}/storyboard.vtt`;
    this.about = Promise.all([json(`/api/pages/recording/${place}`), json(`/api/pages/transcript/${place}`)])
      .then((known) => { if (this.id === recording) this.show(...known); })
      .catch((error) => {
        if (!(error instanceof TypeError)) this.region.drop(recording); // it is gone
        if (this.id === recording) this.proxy.tell(messageOf(error));
      });
  }

  /** What is known of the recording that is loaded. @param {Recording | null} found @param {TranscriptReply} [said] */
  show(found, { lines, outline } = { lines: [], outline: "" }) {
    this.proxy.leave();
    this.recording = found;
    this.name.textContent = found?.name ?? "";
    this.find(".eb-when").textContent = "";
    this.find(".eb-ways").hidden = !found || Boolean(found.wearer); // of others nothing is changed or given away
    this.find(".eb-what").hidden = !found?.available || !found.has_video;
    this.find(".eb-share-this").hidden = !found?.available || found.kind === "photo";
    this.transcript.show(found?.id ?? "", lines);
    this.find(".eb-save").hidden = !found?.available || found.held || Boolean(found.wearer);
    Object.assign(this.find(".eb-photo"), { src: found?.picture ?? "", alt: this.quote.textContent || this.name.textContent });
    const sound = found?.has_video === false;
    this.on.querySelector(".eb-talk path")?.setAttribute("d", sound ? outline : "");
    this.find("media-controller").toggleAttribute("audio", sound);
    this.on.classList.toggle("eb-sound-only", sound);
    this.on.classList.toggle("eb-still", found?.kind === "photo");
    this.on.classList.toggle("eb-unsaid", !lines.length);
    this.judge();
    this.tell();
  }

  /** @param {string} address */
  playCopy(address) {
    const at = this.video.currentTime;
    this.proxy.leave();
    this.video.src = address;
    this.video.currentTime = at;
    this.start();
  }

  /** Plays the moment after (1) or before (-1) what is shown, in whichever recording it is; asked twice, two further. @param {number} by */
  beside(by) {
    this.stepping = this.stepping.then(async () => {
      await this.about;
      if (!this.recording || this.recording.wearer) return;
      const at = this.recording.start + this.video.currentTime;
      const next = await json(`/api/pages/beside?at=${at}&by=${by}`).catch(() => null);
      if (next?.kind === "moment") await this.play({ recording: next.recording, start: next.offset, words: next.words });
    });
  }

  tell() {
    if (!this.recording) return;
    const { id, start, utc_offset: offset } = this.recording;
    const at = this.video.currentTime;
    const now = new Date((start + offset + at) * 1000);
    this.find(".eb-when").textContent = t("{day}, {time}", { day: DAY.format(now).replace(",", ""), time: now.toISOString().slice(11, 19) });
    this.transcript.follow(at);
    markMoments();
    document.dispatchEvent(new CustomEvent("eb-now", { detail: { recording: id, at, time: start + at } }));
  }

  /** Says why what is loaded does not play, where it does not, and looks for a copy that does. */
  judge() {
    const { recording, video } = this;
    if (!recording || recording.kind === "photo" && recording.available) return;
    const copied = video.src.endsWith("/proxy");
    const blind = recording.kind === "video" && recording.has_video && video.readyState >= 2 && !video.videoWidth;
    const strange = recording.plays_as && !video.canPlayType(recording.plays_as);
    if (!recording.available) this.proxy.tell(recording.trouble);
    else if (copied && (video.error || blind)) this.proxy.tell(t("This browser plays neither this recording nor a copy of it. Save the file and open it in another player, VLC for example."));
    else if (!copied && this.proxy.recording !== recording && (recording.held || video.error || blind || strange)) this.proxy.need(recording);
  }

  /** Gives the focus back to what the player was opened from, where it would be lost. */
  close() {
    if (this.element.contains(document.activeElement)) this.opener?.focus();
    this.show(null);
    this.region.leave();
    this.id = "";
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.on.hidden = true;
    this.widen(false);
    document.body.classList.remove("eb-playing");
    markMoments();
    document.dispatchEvent(new CustomEvent("eb-now", { detail: null }));
  }
}

/** A copy that this browser can play, of a recording that it cannot: asked for, waited for, played. */
class Proxy {
  /** @param {Player} shown by which it is played */
  constructor(shown) {
    this.player = shown;
    this.trouble = shown.find(".eb-trouble");
    shown.find(".eb-make").addEventListener("click", () => { if (this.recording) this.need(this.recording, true); });
    /** @type {Recording | null} */
    this.recording = null;
  }

  /** Stops waiting; what is being made goes on. */
  leave() {
    this.recording = null;
    this.trouble.hidden = true;
  }

  /** Looks for a copy of a recording that does not play, or has one made. @param {Recording} recording */
  async need(recording, asked = recording.duration <= AT_ONCE) {
    this.recording = recording;
    const place = /** @type {const} */ (`/media/${encodeURIComponent(recording.id)}/proxy`);
    const format = this.player.video.canPlayType('video/mp4; codecs="avc1.64001f, mp4a.40.2"') ? "mp4" : "webm";
    /** @param {string} words @param {{ share?: number, asks?: boolean }} [more] */
    const tell = (words, more) => { if (this.recording === recording) this.tell(`${recording.trouble} ${words}`, more); };
    tell("");
    try {
      let told = await json(`${place}/status`);
      if (told.state === "none" && !asked) {
        return tell(t("A copy that it can play takes a while to be made, as this one is long."), { asks: true });
      }
      if (told.state !== "ready") told = await post(place, { format });
      while (this.recording === recording && ["waiting", "making"].includes(told.state)) {
        tell(t("A copy that plays here is being made: {percent} %.", { percent: Math.round(100 * told.share) }), told);
        await new Promise((done) => { setTimeout(done, LOOK); });
        told = await json(`${place}/status`);
      }
      if (told.state !== "ready") throw new Error(told.message);
      if (this.recording === recording) this.player.playCopy(place);
    } catch (error) {
      const why = t("No copy could be made: {why}", { why: messageOf(error) });
      tell(recording.held ? why : `${why} ${t("Save the file and open it in another player, VLC for example.")}`);
    }
  }

  /** `share` is of the copy that is made, `asks` whether one is to be. @param {string} words @param {{ share?: number, asks?: boolean }} [more] */
  tell(words, { share, asks = false } = {}) {
    this.trouble.hidden = false;
    const bar = pick(this.trouble, "progress", HTMLProgressElement);
    bar.hidden = share === undefined;
    bar.value = share ?? 0;
    pick(this.trouble, "p").textContent = words;
    pick(this.trouble, ".eb-make").hidden = !asks;
  }
}

/** @type {Player | null} */
let player = null;

/** Plays a moment; for the other pages. @param {PlayRequest} moment @param {Element} [pressed] */
export const play = (moment, pressed) => player?.play(moment, pressed);

/** What a link or a picture plays. @param {HTMLElement} element */
function momentOf({ dataset, attributes }) {
  const place = dataset.seek ?? attributes.getNamedItem("href")?.value ?? "";
  const [recording, start, end, words] = place.replace(/^.*#(?:seek|cite)=/, "").split(",").map(decodeURIComponent);
  return { recording, start: Number(start), end: Number(end), words };
}

/** Marks the moments of the pages in which what plays is. */
export function markMoments() {
  const [id, at] = [player?.recording?.id, (player?.video.currentTime ?? 0) + EARLY];
  for (const link of pickAll(document, "#eb-chat .eb-play, .eb-moment[data-seek]")) {
    const { recording, start, end } = momentOf(link);
    link.closest(".eb-moment, .eb-evidence")?.classList.toggle("eb-on", recording === id && at >= start && at < Math.max(end, start + 1));
  }
}

/** @param {HTMLElement} element */
export function mount(element) {
  player = new Player(element);
  onPressed((pressed) => play(momentOf(pressed), pressed));
  followAddress();
}
