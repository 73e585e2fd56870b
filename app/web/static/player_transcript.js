// What is said, line by line, following the sound: a word that is pressed is where playing goes on.

import { h } from "./dom.js";
import { position } from "./format.js";
import { t } from "./words.js";

/** @import { Cue } from "./types.d.ts" */

const STAY = 6000; // ms during which a list that was moved by hand is left where it is
/** @param {string} words */
const seconds = (words) => words.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
/** @param {string} words */
const plain = (words) => words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** "Person 3", who has no name, in the person's language. @param {string} who */
const called = (who) => who.replace(/^Person (\d+)$/, (_, n) => t("Person {n}", { n }));

/** The cues of a WebVTT text of ours: [{ start, end, who, words: [{ at, text }] }]. @param {string} text @returns {Cue[]} */
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

/** What a line was made of. @type {WeakMap<Element, { cue: Cue, words: HTMLElement }>} */
const LINES = new WeakMap();

export class Transcript {
  /** `seek(seconds)` is called with the time of a word that is pressed. @param {HTMLDetailsElement} element @param {(at: number) => unknown} seek */
  constructor(element, seek) {
    this.element = element;
    this.seek = seek;
    /** @type {Cue[]} */
    this.cues = [];
    /** @type {HTMLElement[]} */
    this.lines = [];
    this.at = -1;
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

  /** @param {Cue[]} cues */
  show(cues) {
    this.cues = cues;
    this.at = -1;
    this.search.value = "";
    this.found.textContent = "";
    this.near.disconnect();
    this.lines = cues.map((cue) => {
      const words = h("span", { class: "eb-words" }, cue.words.map((word) => word.text).join(""));
      const line = h("p", {}, h("button", { type: "button", tabindex: "-1", "data-at": cue.start,
        "aria-label": t("Play from {time}", { time: position(cue.start) }) }, position(cue.start)),
      cue.who ? h("b", {}, `${cue.who}: `) : null, words);
      LINES.set(line, { cue, words });
      return line;
    });
    this.lines[0]?.querySelector("button")?.setAttribute("tabindex", "0");
    this.list.replaceChildren(...this.lines);
    for (const line of this.lines) this.near.observe(line);
    this.element.hidden = !cues.length;
  }

  /** Marks the line and the word at a time, and keeps the line in view. @param {number} time */
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
    const word = last(this.cues[number].words, ({ at }) => at <= time + 0.01);
    line.querySelector(".eb-current")?.classList.remove("eb-current");
    LINES.get(line)?.words.children[word]?.classList.add("eb-current");
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

  /** @param {Element} target */
  press(target) {
    const at = target.closest("[data-at]")?.getAttribute("data-at");
    if (at) this.seek(Number(at));
  }

  /** @param {KeyboardEvent & { target: HTMLElement }} event */
  key(event) {
    if (["Enter", " "].includes(event.key) && event.target.matches(".eb-words span")) {
      event.preventDefault();
      event.stopPropagation();
      return this.press(event.target);
    }
    const line = event.target.closest("p");
    /** @type {Record<string, () => Element | null | undefined>} */
    const steps = { ArrowDown: () => beside(line, "nextElementSibling")?.querySelector("button"),
      ArrowUp: () => beside(line, "previousElementSibling")?.querySelector("button"),
      ArrowRight: () => (event.target.matches(".eb-words span") ? event.target.nextElementSibling : firstWord(line)),
      ArrowLeft: () => event.target.previousElementSibling?.closest("span[data-at], button") ?? line?.querySelector("button"),
    };
    const next = steps[event.key]?.();
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    event.stopPropagation();
    this.list.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }
}

/** Divides a line into its words; only those lines that are near are. @param {Element} line */
function spell(line) {
  const { cue, words } = LINES.get(line) ?? {};
  if (!cue || !words || words.children.length) return;
  words.replaceChildren(...cue.words.map((word) => h("span", { "data-at": word.at, tabindex: "-1", role: "button" }, word.text)));
}

/** @param {HTMLElement | null} line */
function firstWord(line) {
  if (!line) return null;
  spell(line);
  return LINES.get(line)?.words.firstElementChild;
}

/** @param {Element | null} line @param {"nextElementSibling" | "previousElementSibling"} way */
function beside(line, way) {
  let next = line?.[way];
  while (next instanceof HTMLElement && next.hidden) next = next[way];
  return next;
}

/**
 * The index of the last element that fits, -1 where none does; those that fit come first.
 * @template T
 * @param {T[]} list @param {(element: T) => boolean} fits
 */
function last(list, fits) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
