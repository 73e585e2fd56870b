// What the owner says of a moment: it is it, it is not, that was somebody else, other words were said.

import { h, json, messageOf, pick, pickAll, post, queryOf } from "./dom.js";
import { t } from "./words.js";

/** @import { AnswerContext, Correctable, EvidenceCard, PageAnswer, Sentence } from "./types.d.ts" */

/** What the parts of a form can do: `done` closes it. @typedef {AnswerContext & { done: () => void }} Correcting */

/** @param {EvidenceCard} card */
function place(card) {
  return { recording: card.recording, start: card.start, end: card.end };
}

/** The buttons of a card, and the form that they open. @param {EvidenceCard} card @param {AnswerContext} context */
export function cardActions(card, context) {
  const said = h("span", { class: "eb-result", role: "status" });
  const form = h("div", { class: "eb-correction", hidden: true });
  const good = button(t("This is it"), "✓", () => judge(true));
  const wrong = button(t("Not it"), "✗", () => judge(false));
  const open = h("button", { type: "button", class: "eb-small", "aria-expanded": "false", onclick: toggle }, t("Correct …"));

  /** @param {boolean} value */
  async function judge(value) {
    const pressed = value ? good : wrong;
    const given = pressed.getAttribute("aria-pressed") === "true" ? null : value;
    try {
      await post("/api/ask/verdict", { ...place(card), question: context.question, good: given });
    } catch (error) {
      said.textContent = messageOf(error);
      return;
    }
    good.setAttribute("aria-pressed", String(given === true));
    wrong.setAttribute("aria-pressed", String(given === false));
    said.replaceChildren(given === false ? t("Left out when you ask this again.") : given ? t("Kept: it counts more when you ask this again.") : t("Taken back."));
    if (given === false) said.append(" ", h("button", { type: "button", class: "eb-small", onclick: context.again }, t("Ask again")));
  }

  function close() {
    form.hidden = true;
    open.setAttribute("aria-expanded", "false");
  }

  async function toggle() {
    const closing = !form.hidden;
    form.hidden = closing;
    open.setAttribute("aria-expanded", String(!closing));
    if (closing) return;
    form.replaceChildren(h("p", { class: "eb-soft" }, t("Looking …")));
    try {
      const query = queryOf(place(card));
      form.replaceChildren(...corrections(card, await json(`/api/ask/moment?${query}`), said, { ...context, done: close }));
      pickAll(form, "select, textarea, input")[0]?.focus();
    } catch (error) {
      form.replaceChildren(h("p", { class: "eb-failed" }, messageOf(error)));
    }
  }

  return h("div", { class: "eb-actions" }, good, wrong, open, said, form);
}

/** @param {string} words @param {string} sign @param {() => unknown} act */
function button(words, sign, act) {
  return h("button", { type: "button", class: "eb-small", "aria-pressed": "false", onclick: act },
    h("span", { "aria-hidden": "true" }, sign), ` ${words}`);
}

/** @param {EvidenceCard} card @param {Correctable} moment @param {HTMLElement} result @param {Correcting} context */
function corrections(card, { people, said, known }, result, context) {
  const parts = [];
  if (people.length) parts.push(personForm(card, people, known, result, context));
  const here = said.filter((one) => one.here);
  for (const one of here.length ? here : said) parts.push(wordsForm(one, result, context));
  return parts.length ? parts : [h("p", { class: "eb-soft" }, t("Nobody is known to be here, and nothing was said: there is nothing to correct."))];
}

/** @param {EvidenceCard} card @param {string[]} people @param {string[]} known @param {HTMLElement} result @param {Correcting} context */
function personForm(card, people, known, result, context) {
  const who = h("select", { "aria-label": t("Who it is said to be") }, ...people.map((name) => h("option", {}, name)));
  const id = `eb-known-${Math.random().toString(36).slice(2)}`;
  const to = h("input", { list: id, maxlength: 60, required: true, placeholder: t("Name"), "aria-label": t("Who it was in truth") });
  return h("form", { class: "eb-row", onsubmit: (event) => submit(event, "/api/ask/person", () => ({ ...place(card), who: who.value, to: to.value }), result, context) },
    h("label", {}, t("This was not"), " ", who), h("label", {}, t("but"), " ", to),
    h("datalist", { id }, ...known.map((name) => h("option", { value: name }))),
    h("button", { class: "eb-small eb-strong" }, t("Put right")));
}

/** @param {Sentence} one @param {HTMLElement} result @param {Correcting} context */
function wordsForm(one, result, context) {
  const text = h("textarea", { rows: 2, maxlength: 2000, "aria-label": t("What was said") });
  text.value = one.text;
  return h("form", { class: "eb-row", onsubmit: (event) => submit(event, "/api/ask/words", () => ({ clip: one.clip, number: one.number, text: text.value }), result, context) },
    h("label", {}, one.speaker ? t("{name} said:", { name: one.speaker }) : t("Somebody said:"), text),
    h("button", { class: "eb-small eb-strong" }, t("Put right")));
}

/** @param {SubmitEvent & { currentTarget: HTMLFormElement }} event @param {"/api/ask/person" | "/api/ask/words"} url @param {() => unknown} body @param {HTMLElement} result @param {Correcting} context */
async function submit(event, url, body, result, context) {
  event.preventDefault();
  const form = event.currentTarget;
  const send = pick(form, "button", HTMLButtonElement);
  send.disabled = true;
  try {
    const { what, undo } = await post(url, body());
    context.done();
    corrected(result, what, undo, context);
  } catch (error) {
    result.textContent = messageOf(error);
  } finally {
    send.disabled = false;
  }
}

/**
 * Says what was done, with a way back and a way on.
 * @param {HTMLElement} result @param {string} what @param {string} undo @param {Correcting} context
 */
function corrected(result, what, undo, context) {
  const back = h("button", { type: "button", class: "eb-small", onclick: async () => {
    try {
      result.textContent = (await post("/api/ask/undo", { undo })).what;
    } catch (error) {
      result.textContent = messageOf(error);
    }
  } }, t("Undo"));
  result.replaceChildren(what, " ", back, " ",
    h("button", { type: "button", class: "eb-small", onclick: context.again }, t("Ask again")));
  context.tell(what);
}

/** How many moments were left out or put first by what the owner said before. @param {PageAnswer} answer @param {AnswerContext} context */
export function judgedNote({ judged }, context) {
  if (!judged || (!judged.wrong && !judged.right)) return null;
  const words = [
    judged.wrong ? t("Left out because you said that it is not it: {n}.", { n: judged.wrong }) : "",
    judged.right ? t("Put first because you said that it is it: {n}.", { n: judged.right }) : "",
  ].filter(Boolean).join(" ");
  const forget = h("button", { type: "button", class: "eb-small", onclick: async () => {
    await post("/api/ask/forgive", { question: context.question });
    context.again();
  } }, t("Forget that and ask again"));
  return h("p", { class: "eb-coverage" }, words, " ", forget);
}
