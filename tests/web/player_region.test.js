import { reply, serve } from "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { marked, pictureIn, RegionQuestion, surely } from "../../app/web/static/player_region.js";

const WIDE = { left: 10, top: 20, width: 400, height: 400 };

test("a picture lies in the middle of what shows it", () => {
  assert.deepEqual(pictureIn(WIDE, 1600, 800), { left: 10, top: 120, width: 400, height: 200 });
  assert.deepEqual(pictureIn(WIDE, 100, 200), { left: 110, top: 20, width: 200, height: 400 });
});

test("what is drawn is a part of the picture, whichever way, and ends where that does", () => {
  const picture = pictureIn(WIDE, 1600, 800);
  assert.deepEqual(marked(picture, [110, 170], [210, 270]), [0.25, 0.25, 0.5, 0.75]);
  assert.deepEqual(marked(picture, [210, 270], [110, 170]), [0.25, 0.25, 0.5, 0.75]);
  assert.deepEqual(marked(picture, [-50, 0], [210, 1000]), [0, 0, 0.5, 1]);
});

test("a tap means what is around it", () => {
  const picture = pictureIn(WIDE, 1600, 800);
  assert.deepEqual(marked(picture, [210, 220], [210, 220]), [0.375, 0.375, 0.625, 0.625]);
  assert.deepEqual(marked(picture, [10, 120], [10, 120]), [0, 0, 0.125, 0.125]);
});

test("how sure a name is, is said in words", () => {
  /** @param {number | null} sure @param {"person" | "thing" | "text"} [kind] */
  const words = (sure, kind = "thing") => surely({ kind, name: "cup", sure, search: "" });
  assert.deepEqual([0.83, 0.5, 0.49].map((sure) => words(sure)), ["surely (83 %)", "probably (50 %)", "perhaps (49 %)"]);
  assert.deepEqual([words(null, "person"), words(null, "text")], ["by the face", "written there"]);
});

/** An element, as far as a question about a part of a picture needs one; what is looked for in it is there. */
class Piece extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { hidden: false, style: {}, textContent: "", currentTime: 8, videoWidth: 400, videoHeight: 200 });
    /** @type {Map<string, Piece>} */
    this.found = new Map();
    /** @type {(Piece | string)[]} */
    this.children = [];
    /** @type {Record<string, string>} */
    this.attributes = {};
  }
  /** @param {string} selector */
  querySelector(selector) {
    if (!this.found.has(selector)) this.found.set(selector, new Piece());
    return this.found.get(selector);
  }
  /** @param {unknown} other @returns {boolean} */
  contains(other) { return other === this || [...this.found.values(), ...this.children].some((piece) => piece instanceof Piece && piece.contains(other)); }
  getBoundingClientRect() { return { left: 0, top: 0, width: 400, height: 200 }; }
  focus() { Object.assign(document, { activeElement: this }); }
  pause() {}
  scrollIntoView() {}
  setPointerCapture() {}
  /** @param {(Piece | string)[]} children */
  replaceChildren(...children) { this.children = children; }
  /** @param {(Piece | string)[]} children */
  append(...children) { this.children.push(...children); }
  /** @param {Piece} child */
  prepend(child) { this.children.unshift(child); }
  /** @param {string} name @param {string} value */
  setAttribute(name, value) { this.attributes[name] = value; }
  /** @returns {string} */
  get words() { return this.children.map((child) => (child instanceof Piece ? child.words : child)).join(" "); }
}

const BUS = { names: [{ kind: "thing", name: "bus", sure: 0.9, search: "" }], box: [0, 0, 1, 1], same: [], others: [], note: "Nothing else." };

/** The player while a part of its picture may be marked. */
function marking() {
  for (const name of ["HTMLElement", "HTMLButtonElement", "HTMLImageElement"]) Object.assign(globalThis, { [name]: Piece });
  Object.assign(document, { createElement: () => new Piece() });
  const [element, video] = /** @type {any[]} */ ([new Piece(), new Piece()]);
  const question = new RegionQuestion(element, video, () => ({ id: "walk", still: false }));
  element.querySelector(".eb-when").textContent = "Mon 12:56:41";
  element.querySelector(".eb-region").found.set(".eb-region-told", question.told);
  question.begin();
  return { question, video, told: /** @type {any} */ (question.told) };
}

/** @param {RegionQuestion} question @param {string} kind @param {number} at */
function finger(question, kind, at) {
  const event = new Event(kind, { cancelable: true });
  question.mark.dispatchEvent(Object.assign(event, { isPrimary: true, pointerId: 1, clientX: at, clientY: at }));
  return event;
}

test("a tap on what is marked goes no further, and the mark stays", async () => {
  serve(() => reply(BUS));
  const { question, told } = marking();
  finger(question, "pointerdown", 50);
  finger(question, "pointerup", 50);
  assert.ok(finger(question, "touchend", 50).defaultPrevented, "its click would start the film");
  await new Promise(setImmediate);
  assert.equal(question.mark.hidden, false);
  assert.match(told.words, /bus surely \(90 %\).*Nothing else\./);
  assert.equal(document.activeElement, told);
});

for (const kind of ["play", "seeking", "emptied"]) {
  test(`an answer does not stay under another picture, nor arrive there: ${kind}`, async () => {
    serve(() => reply(BUS));
    const { question, video, told } = marking();
    await question.ask([0, 0, 1, 1]);
    video.dispatchEvent(new Event(kind));
    assert.deepEqual([question.panel.hidden, question.mark.hidden, told.words], [true, true, ""]);
    assert.equal(document.activeElement, question.button, "the focus was in what is gone");
    question.begin();
    const pending = question.ask([0, 0, 1, 1]);
    video.dispatchEvent(new Event(kind));
    await pending;
    assert.equal(told.words, "");
    serve(() => reply({ detail: "This moment was forgotten." }, 409));
    question.begin();
    await question.ask([0, 0, 1, 1]);
    assert.equal(told.words, "This moment was forgotten.");
    video.dispatchEvent(new Event(kind));
    assert.equal(told.words, "");
  });
}

test("where people were met is headed by all of their names", async () => {
  const names = ["Anna", "Ben"].map((name) => ({ kind: "person", name, sure: null, search: "" }));
  const moment = { recording: "walk", day_label: "Monday", time: "09:30", seek: 5, end: 9, picture: "", caption: [["Hello", false]], why: ["Ben"] };
  serve(() => reply({ ...BUS, names, same: [moment], note: "" }));
  const { question, told } = marking();
  await question.ask([0, 0, 1, 1]);
  assert.match(told.words, /Where else you met Anna, Ben Monday, 09:30 Ben Hello/);
});

test("an answer stays where a moment of it plays, and says then what it is of", async () => {
  serve(() => reply(BUS));
  const { question, video, told } = marking();
  await question.ask([0, 0, 1, 1]);
  question.follow(told);
  for (const kind of ["emptied", "seeking", "play"]) video.dispatchEvent(new Event(kind));
  assert.match(told.words, /^Of bus, Mon 12:56:41 bus/);
  assert.equal(told.children[0].children[0].attributes.href, "#seek=walk,8,8,");
  assert.equal(question.mark.hidden, true);
  question.follow();
  assert.equal(told.words, "", "something else is played");
});

test("a moment of a recording that is gone is taken out of an answer", async () => {
  serve(() => reply(BUS));
  const { question, told } = marking();
  await question.ask([0, 0, 1, 1]);
  /** @type {string[]} */
  const removed = [];
  const [gone, kept] = ["#seek=a%2Cb,5,9,", "#seek=a,5,9,"].map((href) => Object.assign(new Piece(), { href, closest: () => ({ remove: () => removed.push(href) }) }));
  told.querySelectorAll = (/** @type {string} */ selector) => [gone, kept].filter(({ href }) => href.startsWith(/\^="(.*)"/.exec(selector)?.[1] ?? "-"));
  gone.focus();
  question.drop("a,b");
  assert.deepEqual(removed, [gone.href]);
  assert.equal(document.activeElement, told);
});

test("what is ended in the middle of a drag is not asked", async () => {
  const requests = serve(() => reply(BUS));
  const { question } = marking();
  finger(question, "pointerdown", 50);
  finger(question, "pointermove", 150);
  question.leave();
  finger(question, "pointerup", 150);
  assert.deepEqual(requests, []);
  assert.equal(question.mark.hidden, true);
});
