// An answer: sentences with numbers, the moments that they rest on, what was searched, and why.

import { h, json, pickAll, whileShown } from "./dom.js";
import { cardActions, judgedNote } from "./ask_correct.js";
import { intervalWords, lengthWords, momentWords } from "./ask_words.js";
import { t } from "./words.js";

/** @import { AnswerContext, Candidate, EvidenceCard, PageAnswer, Searched } from "./types.d.ts" */

const SHOWN = 6; // moments that are open from the start

/** The parts of an answer. `context` is {question, again(), deeper(), tell(words)}. @param {PageAnswer} answer @param {AnswerContext} context */
export function drawAnswer(answer, context) {
  const { list, more } = cards(answer, context);
  if (!answer.abstained && !answer.cards.length) return [sentences(answer, list)]; // small talk: nothing was searched
  return [
    answer.understood ? h("p", { class: "eb-understood" }, t("You asked: {question}", { question: answer.understood })) : null,
    sentences(answer, list),
    answer.cards.length ? list : null,
    more,
    answer.abstained ? h("p", { class: "eb-soft" }, t("Try other words, or name the day or the hour that you have in mind.")) : null,
    answer.deeper ? deeper(context) : null,
    answer.reading ? h("p", { class: "eb-soft" }, answer.reading) : null,
    answer.searched ? coverage(answer.searched, answer.scope, context) : null,
    judgedNote(answer, context),
    answer.why ? why(answer.why) : null,
  ].filter((part) => part !== null);
}

/** @param {AnswerContext} context */
function deeper(context) {
  const title = t("Asks further questions of what was found, up to three rounds. It takes longer.");
  return h("p", {}, h("button", { type: "button", class: "eb-act", title, onclick: context.deeper }, t("Search deeper")));
}

/** The moments that come closest, until the answer stands. @param {EvidenceCard[]} closest @param {AnswerContext} context */
export function drawEvidence(closest, context) {
  if (!closest.length) return [];
  const heading = t("These moments come closest:");
  const list = h("ol", { class: "eb-evidences", "aria-label": heading });
  list.append(...closest.map((card) => evidence(card, context)));
  return [h("p", { class: "eb-soft" }, heading), list];
}

/** @param {PageAnswer} answer @param {HTMLElement} list */
function sentences(answer, list) {
  const said = h("p", { class: "eb-said" });
  const several = answer.cards.length > 1;
  answer.sentences.forEach((one, at) => {
    said.append(at ? " " : "", one.text);
    if (several) for (const number of one.marks) said.append(" ", mark(number, answer.cards[number - 1], list));
  });
  return said;
}

/**
 * A number in the text: it plays the moment, and shows which card it is.
 * @param {number} number @param {EvidenceCard} card @param {HTMLElement} list
 */
function mark(number, card, list) {
  /** @param {boolean} on */
  const point = (on) => list.querySelector(`[data-number="${number}"]`)?.classList.toggle("eb-meant", on);
  return h("a", {
    href: card.seek.replace("#seek=", "#cite="),
    "aria-label": t("Moment {number}: {when}", { number, when: momentWords(card.at) }),
    title: momentWords(card.at),
    onmouseenter: () => point(true),
    onmouseleave: () => point(false),
    onfocus: () => point(true),
    onblur: () => point(false),
    onclick: () => reveal(list, number),
  }, String(number));
}

/** @param {HTMLElement} list @param {number} number */
function reveal(list, number) {
  const [card] = pickAll(list, `[data-number="${number}"]`);
  if (!card) return;
  if (card.hidden) list.dispatchEvent(new Event("eb-all"));
  card.scrollIntoView({ block: "nearest" });
}

/** @param {PageAnswer} answer @param {AnswerContext} context */
function cards(answer, context) {
  const list = h("ol", { class: "eb-evidences", "aria-label": t("The moments that this rests on") });
  list.append(...answer.cards.map((card) => evidence(card, context)));
  const left = answer.cards.length - SHOWN;
  if (left <= 0) return { list, more: null };
  /** @param {boolean} hidden */
  const hide = (hidden) => pickAll(list, "li").slice(SHOWN).forEach((card) => { card.hidden = hidden; });
  const all = () => { hide(false); more.remove(); };
  const more = h("p", {}, h("button", { type: "button", class: "eb-act", onclick: all }, left === 1 ? t("Show 1 more moment") : t("Show {n} more moments", { n: left })));
  list.addEventListener("eb-all", all);
  hide(true);
  return { list, more };
}

/** @param {EvidenceCard} card @param {AnswerContext} context */
function evidence(card, context) {
  const [, from, to] = card.seek.split(",");
  const picture = card.picture
    ? h("img", { src: card.picture, alt: "", loading: "lazy", onerror: (event) => event.target.remove() })
    : null;
  return h("li", {
    class: "eb-evidence", "data-number": card.number, "data-recording": card.recording, "data-from": from, "data-to": to,
  },
  h("div", { class: "eb-picture", "aria-hidden": "true" }, picture, h("span", { class: "eb-number" }, String(card.number))),
  h("div", { class: "eb-heard" },
    h("a", { href: card.seek, class: "eb-play", title: t("Play this moment") }, `▶ ${momentWords(card.at)}`),
    card.people.length ? h("span", { class: "eb-who" }, card.people.join(", ")) : null,
    h("q", {}, card.quote),
    cardActions(card, context)));
}

// What was searched, and what of it cannot be found yet

/** @param {Searched} searched @param {PageAnswer["scope"]} scope @param {AnswerContext} context */
function coverage(searched, scope, context) {
  const kept = [...(scope?.people ?? []), ...(scope?.places ?? []), ...(scope?.devices ?? [])].join(", ");
  const line = h("p", { class: "eb-coverage" }, coverageWords(searched), kept ? ` · ${t("kept to {names}", { names: kept })}` : "");
  if (!searched.pending) return line;
  line.append(" ", pill(searched, context));
  return line;
}

/** @param {Searched} searched */
export function coverageWords({ said, span, recorded, whole }) {
  const length = lengthWords(recorded);
  if (!span) {
    return recorded ? t("Searched everything until now · {length} recorded", { length }) : t("Nothing is recorded yet");
  }
  const when = said || intervalWords(span);
  if (!recorded) return t("Searched {when} · nothing was recorded then", { when });
  if (said || !whole || whole > 8 * 86400 || span[0] <= 0) return t("Searched {when} · {length} recorded", { when, length });
  return t("Searched {when} · {length} of {whole} recorded", { when, length, whole: lengthWords(whole) });
}

/** Says how much is not indexed yet; once it is, offers to ask again. @param {Searched} searched @param {AnswerContext} context */
function pill(searched, context) {
  /** @param {number} seconds */
  const words = (seconds) => (searched.within
    ? t("{length} of this time are recorded but not indexed yet", { length: lengthWords(seconds) })
    : t("{length} of your recordings are still being indexed", { length: lengthWords(seconds) }));
  const shown = h("span", { class: "eb-pill" }, words(searched.pending));
  const query = searched.within ? `?start=${searched.within[0]}&end=${searched.within[1]}` : "";
  let done = false;
  whileShown(shown, async () => {
    if (done) return;
    const { pending } = await json(`/api/ask/pending${query}`).catch(() => ({ pending: null }));
    if (pending === null) return;
    done = pending === 0;
    if (!done) { shown.textContent = words(pending); return; }
    shown.classList.add("eb-done");
    shown.replaceChildren(t("All of it is indexed now."), " ", h("button", { type: "button", class: "eb-act", onclick: context.again }, t("Ask again")));
    context.tell(t("All of it is indexed now."));
  }, () => 8000);
  return shown;
}

// Why

/** @param {NonNullable<PageAnswer["why"]>} reasons */
function why({ lines, candidates }) {
  return h("details", { class: "eb-why" },
    h("summary", {}, t("Why do you think that?")),
    h("ul", {}, ...lines.map((line) => h("li", {}, line))),
    candidates.length ? h("h3", {}, t("Moments that were weighed")) : null,
    candidates.length ? h("ol", { class: "eb-candidates" }, ...candidates.map(candidate)) : null);
}

/** @param {Candidate} candidate */
function candidate({ at, seek, words, share, signals, cited }) {
  const bar = h("span", { class: "eb-bar", "aria-hidden": "true" }, h("span", { style: `width:${Math.round(share * 100)}%` }));
  return h("li", {},
    h("a", { href: seek.replace("#seek=", "#cite=") }, `▶ ${momentWords(at)}`),
    " ", bar, h("span", { class: "eb-share" }, `${Math.round(share * 100)} %`),
    cited ? h("span", { class: "eb-cited" }, ` · ${t("shown above")}`) : null,
    h("span", { class: "eb-words" }, words),
    h("span", { class: "eb-signals" }, signals.map(([name, value]) => `${name} ${value.toFixed(2)}`).join(" · ")));
}
