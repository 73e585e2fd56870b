// What is said, line by line, following the sound: a word that is pressed is where playing goes on.

import { h } from "./dom.js";
import { t } from "./words.js";

const STAY = 6000; // ms during which a list that was moved by hand is left where it is
const seconds = (words) => words.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
const plain = (words) => words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** "Person 3", who has no name, in the person's language. */
const called = (who) => who.replace(/^Person (\d+)$/, (_, n) => t("Person {n}", { n }));

/** The cues of a WebVTT text of ours: [{ start, end, who, words: [{ at, text }] }]. */
export function cuesOf(text) {
  const found = [];
  for (const block of text.split("\n\n")) {
    const [times, line = ""] = block.split("\n");
    const match = times.match(/^([\d:.]+) --> ([\d:.]+)/);
    if (!match) continue;
    const [start, end] = [seconds(match[1]), seconds(match[2])];
    const named = line.match(/^<v ([^>]*)>/);
    const pieces = line.slice(named?.[0].length ?? 0).split(/<(\d[\d:.]*)>/);
    const words = [{ at: start, text: plain(pieces[0]) }];
    for (let n = 1; n < pieces.length; n += 2) words.push({ at: seconds(pieces[n]), text: plain(pieces[n + 1]) });
    found.push({ start, end, who: named ? called(plain(named[1])) : "", words });
  }
  return found;
}

export class Transcript {
  /** `seek(seconds)` is called with the time of a word that is pressed. */
  constructor(element, seek) {
    this.element = element;
    this.seek = seek;
    this.cues = [];
    this.lines = [];
    this.held = 0;
    this.found = h("span", { class: "eb-facts", role: "status" });
    this.search = h("input", { type: "search", "aria-label": t("Search what is said here"),
      placeholder: t("Search what is said here"), oninput: () => this.filter() });
    this.list = h("div", { class: "eb-lines", role: "group", "aria-label": t("Transcript"),
      onclick: (event) => this.press(event.target), onkeydown: (event) => this.key(event) });
    for (const name of ["wheel", "touchmove", "pointerdown"]) {
      this.list.addEventListener(name, () => { this.held = Date.now() + STAY; }, { passive: true });
    }
    this.near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) spell(target);
    }, { root: this.list, rootMargin: "400px 0px" });
    element.replaceChildren(h("summary", {}, t("Transcript")), this.search, this.found, this.list);
  }

  show(cues) {
    this.cues = cues;
    this.at = null;
    this.search.value = "";
    this.found.textContent = "";
    this.near.disconnect();
    this.lines = cues.map((cue) => {
      const words = h("span", { class: "eb-words" }, cue.words.map((word) => word.text).join(""));
      const line = h("p", {}, h("button", { type: "button", tabindex: "-1", "data-at": cue.start,
        "aria-label": t("Play from {time}", { time: position(cue.start) }) }, position(cue.start)),
      cue.who ? h("b", {}, `${cue.who}: `) : null, words);
      line.eb = { cue, words };
      return line;
    });
    this.lines[0]?.querySelector("button").setAttribute("tabindex", "0");
    this.list.replaceChildren(...this.lines);
    for (const line of this.lines) this.near.observe(line);
    this.element.hidden = !cues.length;
  }

  /** Marks the line and the word at a time, and keeps the line in view. */
  follow(time) {
    if (this.element.hidden || !this.element.open) return;
    let number = last(this.cues, (cue) => cue.start <= time + 0.01);
    if (number >= 0 && time > this.cues[number].end + 1.5) number = -1;
    if (number !== this.at) {
      this.lines[this.at]?.classList.remove("eb-said");
      this.lines[this.at]?.querySelector(".eb-current")?.classList.remove("eb-current");
      this.at = number;
      const line = this.lines[number];
      if (line) {
        spell(line);
        line.classList.add("eb-said");
        if (Date.now() > this.held && !this.search.value) {
          this.list.scrollTop = line.offsetTop - this.list.offsetTop - this.list.clientHeight / 3;
        }
      }
    }
    const line = this.lines[number];
    if (!line) return;
    const word = last(line.eb.cue.words, (one) => one.at <= time + 0.01);
    const spans = line.eb.words.children;
    line.querySelector(".eb-current")?.classList.remove("eb-current");
    spans[word]?.classList.add("eb-current");
  }

  filter() {
    const wanted = this.search.value.trim().toLocaleLowerCase();
    let count = 0;
    for (const line of this.lines) {
      const hit = !wanted || line.textContent.toLocaleLowerCase().includes(wanted);
      line.hidden = !hit;
      count += hit && wanted ? 1 : 0;
    }
    this.found.textContent = wanted ? (count === 1 ? t("1 line") : t("{count} lines", { count })) : "";
  }

  press(target) {
    const at = target.closest("[data-at]")?.dataset.at;
    if (at !== undefined) this.seek(Number(at));
  }

  key(event) {
    if (["Enter", " "].includes(event.key) && event.target.matches(".eb-words span")) {
      event.preventDefault();
      event.stopPropagation();
      return this.press(event.target);
    }
    const line = event.target.closest("p");
    const next = { ArrowDown: () => beside(line, "nextElementSibling")?.querySelector("button"),
      ArrowUp: () => beside(line, "previousElementSibling")?.querySelector("button"),
      ArrowRight: () => (event.target.matches(".eb-words span") ? event.target.nextElementSibling : firstWord(line)),
      ArrowLeft: () => event.target.previousElementSibling?.closest("span[data-at], button") ?? line?.querySelector("button"),
    }[event.key]?.();
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    this.list.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }
}

/** Divides a line into its words; only those lines that are near are. */
function spell(line) {
  const { cue, words } = line.eb;
  if (words.children.length) return;
  words.replaceChildren(...cue.words.map((word) => h("span", { "data-at": word.at, tabindex: "-1", role: "button" }, word.text)));
}

function firstWord(line) {
  if (!line) return null;
  spell(line);
  return line.eb.words.firstElementChild;
}

function beside(line, way) {
  let found = line?.[way];
  while (found?.hidden) found = found[way];
  return found;
}

/** The index of the last element that fits, -1 where none does; those that fit come first. */
function last(list, fits) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** "1:05", "1:02:05". */
export function position(at) {
  const whole = Math.floor(at);
  const [hour, minute, second] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hour ? `${hour}:${two(minute)}:${two(second)}` : `${minute}:${two(second)}`;
}
