// What is said, line by line, following the sound: a word that is pressed is where playing goes on.

import { h, pick, pickAll, roam } from "./dom.js";
import { t } from "./words.js";

/** @import { TranscriptLine } from "./types.d.ts" */

const STAY = 6000; // ms during which a list that was moved by hand is left where it is
const PAUSE = 1.5; // seconds after a sentence during which it is still the current one

export class Transcript {
  /** @param {HTMLDetailsElement} element */
  constructor(element) {
    this.element = element;
    /** @type {{ at: number, until: number, element: HTMLElement }[]} */
    this.words = [];
    /** @type {HTMLElement | null} */
    this.current = null;
    this.held = 0;
    this.found = pick(element, ".eb-facts");
    this.search = pick(element, "input", HTMLInputElement);
    this.list = pick(element, ".eb-lines");
    this.search.addEventListener("input", () => this.filter());
    roam(this.list, "a");
    for (const name of ["wheel", "touchmove", "pointerdown"]) {
      this.list.addEventListener(name, () => { this.held = Date.now() + STAY; }, { passive: true });
    }
  }

  /** @param {string} recording @param {TranscriptLine[]} lines */
  show(recording, lines) {
    this.words = [];
    this.current = null;
    this.search.value = "";
    this.found.textContent = "";
    this.list.replaceChildren(...lines.map((line) => this.line(recording, line)));
    this.list.querySelector("a")?.setAttribute("tabindex", "0");
    this.element.hidden = !lines.length;
  }

  /** Its time and its words are links to moments. @param {string} recording @param {TranscriptLine} line */
  line(recording, { start, end, time, who, words }) {
    /** @param {number} at @param {string} text @param {string} [label] */
    const link = (at, text, label) => h("a", { href: `#seek=${encodeURIComponent(recording)},${at}`, tabindex: "-1", "aria-label": label }, text);
    const spoken = words.map(([at, text]) => {
      const element = link(at, text);
      this.words.push({ at, until: end + PAUSE, element });
      return element;
    });
    return h("p", {}, link(start, time, t("Play from {time}", { time })), who && h("b", {}, `${who}: `), h("span", { class: "eb-words" }, ...spoken));
  }

  /** Marks the word at a time, and keeps its line in view. @param {number} time */
  follow(time) {
    if (this.element.hidden || !this.element.open) return;
    const last = this.words.findLast(({ at }) => at <= time + 0.01);
    const word = last && time <= last.until ? last.element : null;
    if (word === this.current) return;
    const [line, before] = [word?.closest("p"), this.current?.closest("p")];
    if (line && line !== before && Date.now() > this.held && !this.search.value) {
      this.list.scrollTop = line.offsetTop - this.list.offsetTop - this.list.clientHeight / 3;
    }
    before?.classList.remove("eb-said");
    line?.classList.add("eb-said");
    this.current?.classList.remove("eb-current");
    word?.classList.add("eb-current");
    this.current = word;
  }

  filter() {
    const wanted = this.search.value.trim().toLocaleLowerCase();
    const lines = pickAll(this.list, "p");
    for (const line of lines) line.hidden = !line.textContent.toLocaleLowerCase().includes(wanted);
    const count = lines.filter((line) => !line.hidden).length;
    this.found.textContent = wanted ? (count === 1 ? t("1 line") : t("{count} lines", { count })) : "";
  }
}
