// The one player. Links of the form #seek=<recording>,<seconds>,<end>,<quote> play in it.

import { json } from "./dom.js";

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "UTC",
});

class Player {
  constructor(element) {
    const find = (selector) => element.querySelector(selector);
    this.empty = find(".eb-player-empty");
    this.on = find(".eb-player-on");
    this.video = find("video");
    this.trouble = find(".eb-trouble");
    this.when = find(".eb-when");
    this.name = find(".eb-name");
    this.quote = find(".eb-quote");
    this.recording = null;
    find(".eb-close").addEventListener("click", () => this.close());
    this.video.addEventListener("timeupdate", () => this.tell());
    this.video.addEventListener("error", () => this.explain());
    this.video.addEventListener("loadeddata", () => this.checkPicture());
  }

  /** Plays a recording from `start` (seconds); `words` is what is seen or said there. */
  async play({ recording, start, words }) {
    this.empty.hidden = true;
    this.on.hidden = false;
    document.body.classList.add("eb-playing");
    this.quote.textContent = words ?? "";
    if (this.recording?.id !== recording) this.load(recording);
    this.seek(start);
    this.video.play().catch(() => {}); // a browser that wants another click shows its own button
    await this.about;
    this.tell();
  }

  load(recording) {
    this.recording = { id: recording };
    this.trouble.hidden = true;
    this.when.textContent = "";
    this.name.textContent = "";
    this.video.src = `/media/${encodeURIComponent(recording)}`;
    this.about = json(`/api/pages/recording/${encodeURIComponent(recording)}`)
      .then((found) => this.introduce(found))
      .catch((error) => this.complain(error.message, false));
  }

  introduce(found) {
    if (found.id !== this.recording?.id) return;
    this.recording = found;
    this.name.textContent = found.name;
    this.on.classList.toggle("eb-sound-only", !found.has_video);
    if (!found.available) this.explain();
    else if (this.video.readyState >= 2) this.checkPicture();
  }

  seek(start) {
    const video = this.video;
    if (video.readyState >= 1) video.currentTime = start;
    else video.addEventListener("loadedmetadata", () => { video.currentTime = start; }, { once: true });
  }

  tell() {
    const { id, start, utc_offset: offset } = this.recording ?? {};
    if (start === undefined) return;
    const at = (start + offset + this.video.currentTime) * 1000;
    this.when.textContent = CLOCK.format(new Date(at)).replace(/,/g, "");
    const detail = { recording: id, at: this.video.currentTime };
    document.dispatchEvent(new CustomEvent("eb-now", { detail }));
  }

  checkPicture() {
    if (this.recording?.has_video && this.video.videoWidth === 0) {
      this.complain("This browser plays the sound but cannot show this kind of video.", true);
    }
  }

  explain() {
    if (!this.recording) return;
    if (this.recording.available === false) {
      this.complain("The file of this recording was moved away or deleted, or another one "
        + "has its name now, so it cannot be played. "
        + "Put it back where it was, or add it again in the Library.", false);
    } else if (this.recording.available) {
      const kind = this.recording.has_video ? "video" : "sound";
      this.complain(`This browser cannot play this kind of ${kind}. `
        + "Save the file and open it in another player, VLC for example.", true);
    }
  }

  complain(words, withFile) {
    this.trouble.querySelector("p").textContent = words;
    const link = this.trouble.querySelector("a");
    link.hidden = !withFile;
    if (withFile) link.href = `/media/${encodeURIComponent(this.recording.id)}?download=1`;
    this.trouble.hidden = false;
  }

  close() {
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.recording = null;
    this.on.hidden = true;
    this.empty.hidden = false;
    document.body.classList.remove("eb-playing");
  }
}

let player = null;

/** Plays a moment; for the other pages. */
export function play(moment) {
  player?.play(moment);
}

function follow(event) {
  const link = event.target.closest?.('a[href*="#seek="], a[href*="#cite="]');
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  const [, rest] = link.getAttribute("href").match(/#(?:seek|cite)=(.*)$/);
  const [recording, start, , words] = rest.split(",").map(decodeURIComponent);
  play({ recording, start: Number(start), words });
}

export function mount(element) {
  player = new Player(element);
  document.addEventListener("click", follow, true);
}
