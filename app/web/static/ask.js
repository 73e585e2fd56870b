// Ask: the conversation. The home keeps it; a reload, or the list of earlier ones, opens it again.

import { around, h, json, pick, pickAll, send, whileShown, wishes } from "./dom.js";
import { drawAnswer, drawEvidence } from "./ask_answer.js";
import { Filters } from "./ask_filters.js";
import { lastOpen, pastConversations, setOpen } from "./ask_past.js";
import { events } from "./ask_stream.js";
import { microphone } from "./ask_voice.js";
import { failureWords, t } from "./words.js";

/** @import { AnswerContext, AnswerEvent, AskHome, PageAnswer, Playing, Turn, Wishes } from "./types.d.ts" */

const REMEMBERED = 3; // turns that a question may point back to

/** What an answer is shown in. @typedef {{ question: string, deeper: boolean, asked: HTMLElement, reply: HTMLElement, status: HTMLElement, said: HTMLElement, closest: HTMLElement }} Parts */

class Asking {
  /** @param {HTMLElement} element */
  constructor(element) {
    /** @param {string} selector */
    const find = (selector) => pick(element, selector);
    this.element = element;
    this.chat = find("#eb-chat");
    this.live = find(".eb-live");
    this.box = h("textarea", { rows: 1, maxlength: 2000, enterkeyhint: "send" });
    this.send = find("#eb-send");
    this.note = find(".eb-note");
    /** @type {Turn[]} */
    this.turns = [];
    this.conversation = lastOpen();
    /** @type {AskHome | null} */
    this.home = null;
    /** @type {AbortController | null} */
    this.running = null;
    this.filters = new Filters(find(".eb-filters"), () => this.box.focus());
    this.dress();
    find("form").addEventListener("submit", (event) => this.submit(event));
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    this.box.addEventListener("input", () => this.fit());
    document.addEventListener("keydown", (event) => this.shortcut(event));
    document.addEventListener("eb-now", (event) => this.follow(event.detail));
    this.mic = microphone(pick(element, "#eb-mic", HTMLButtonElement), {
      write: (text) => this.write(text),
      tell: (words) => this.tell(words),
    });
    this.measure(find(".eb-asking"));
    find("#eb-question").append(this.box); // last: whoever sees it may use it
    document.addEventListener("eb-forgotten", () => this.renew(false)); // what is gone is quoted no more
    this.refresh = whileShown(element, () => this.open(), () => 30000);
  }

  /** The page is as high as what is left of the window below whatever stands above it. @param {HTMLElement} page */
  measure(page) {
    const tell = () => page.style.setProperty("--eb-above", `${Math.round(page.getBoundingClientRect().top + scrollY)}px`);
    new ResizeObserver(tell).observe(document.body);
    new IntersectionObserver(tell).observe(page);
  }

  /** What the person's language says on fixed parts. */
  dress() {
    pick(this.element, "section").setAttribute("aria-label", t("Ask"));
    this.box.placeholder = t("Ask about your days …");
    this.box.setAttribute("aria-label", t("Your question"));
    this.chat.setAttribute("role", "region");
    this.chat.setAttribute("aria-label", t("Conversation"));
    this.send.textContent = t("Ask");
  }

  // Before the first question

  async open() {
    try {
      this.home = await json("/api/ask/home");
    } catch {
      if (!this.home && !this.chat.childElementCount) this.lost();
      return;
    }
    this.filters.offer(this.home);
    if (wishes.ask) this.prepare(wishes.ask);
    this.mic.ready(this.home.voice);
    if (this.chat.querySelector(".message")) return;
    if (!(await this.reopen(this.conversation))) await this.welcome(this.home);
  }

  /** A question that another page has begun, about a time of it. @param {NonNullable<Wishes["ask"]>} wish */
  prepare({ question, begin, end }) {
    delete wishes.ask;
    this.filters.keepTo(begin, end);
    this.box.value = question;
    this.fit();
    this.box.focus();
    this.box.select();
  }

  lost() {
    this.chat.replaceChildren(h("div", { class: "eb-welcome" },
      h("h2", {}, t("No connection to EgoButler")),
      h("p", {}, t("Is it still running on its computer?")),
      h("button", { type: "button", class: "eb-act", onclick: () => this.refresh() }, t("Try again"))));
  }

  /** @param {AskHome} home */
  async welcome({ begun, suggestions, empty }) {
    const parts = begun
      ? [h("h2", {}, t("What would you like to remember?")),
        h("p", {}, t("Every answer shows the moments it rests on. Press ▶ to watch them."))]
      : [h("h2", {}, empty ? t("Nothing to remember yet") : t("Your first recording is on its way")),
        h("p", {}, empty
          ? t("Add a recording in the Library. A minute later you can ask about it here.")
          : t("What of it is ready can be asked about; the Library shows how far it is.")),
        h("p", {}, h("a", { href: "#page=library", class: "eb-act" }, t("Open the Library"))),
        h("ol", { class: "eb-steps" },
          h("li", {}, t("Record your day with a camera that you wear.")),
          h("li", {}, t("Add the files; they stay on this computer.")),
          h("li", {}, t("Ask: where things are, who said what, what you promised.")))];
    const examples = suggestions.map((question) =>
      h("button", { type: "button", class: "example", onclick: () => this.ask(question) }, question));
    const past = await pastConversations((id) => this.reopen(id));
    if (this.chat.querySelector(".message")) return; // asked meanwhile
    this.chat.replaceChildren(h("div", { class: "eb-welcome" }, ...parts,
      examples.length ? h("div", { class: "examples", role: "group", "aria-label": t("Questions to begin with") }, ...examples) : null,
      past));
  }

  /** Opens a conversation that was held; false where it is gone. @param {string} id */
  async reopen(id) {
    const held = id ? await json(`/api/ask/conversations/${id}`).catch(() => null) : null;
    if (!held?.length || this.running) {
      this.inConversation("");
      return false;
    }
    this.turns = [];
    this.inConversation(id);
    this.chat.replaceChildren(this.head());
    for (const { question, answer } of held) {
      const asked = h("div", { class: "user message" }, question);
      const reply = h("div", { class: "bot message" });
      this.chat.append(asked, reply);
      this.answered(answer, { question, deeper: false, asked, reply });
    }
    this.live.textContent = "";
    return true;
  }

  /** @param {string} id */
  inConversation(id) {
    this.conversation = id;
    setOpen(id);
  }

  // The box

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
  }

  /** @param {KeyboardEvent} event */
  shortcut(event) {
    if (!this.element.offsetParent) return; // another page is open
    if (event.key === "Escape") {
      if (this.filters.close() || event.defaultPrevented) return;
      if (this.running) this.stop();
    } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (around(event, "input, textarea, select, [contenteditable]")) return;
      event.preventDefault();
      this.box.focus();
    }
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 160)}px`;
  }

  /** @param {string} text */
  write(text) {
    this.box.value = this.box.value ? `${this.box.value.trimEnd()} ${text}` : text;
    this.fit();
    this.box.focus();
    this.tell(t("Read it over, then press Enter to ask."));
  }

  /** @param {string} words */
  tell(words) {
    this.note.hidden = !words;
    this.note.textContent = words;
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    if (this.running) {
      if (event.type === "submit") this.stop();
      return;
    }
    const question = this.box.value.trim();
    if (!question) return;
    this.box.value = "";
    this.fit();
    this.ask(question);
  }

  // A question and its answer

  /** @param {string} question @param {boolean} deeper whether in rounds of sub-questions */
  async ask(question, deeper = false) {
    if (this.running) return;
    this.tell("");
    if (!this.chat.querySelector(".message")) {
      this.chat.replaceChildren(this.head());
    }
    const asked = h("div", { class: "user message" }, question);
    const status = h("span", {}, deeper ? t("Searching deeper …") : t("Looking through your recordings …"));
    const said = h("p", { class: "eb-said", hidden: true });
    const closest = h("div", { class: "eb-closest" });
    const reply = h("div", { class: "bot message pending" },
      h("p", { class: "eb-wait" }, h("span", { class: "eb-spin", "aria-hidden": "true" }), status), said, closest);
    this.chat.append(asked, reply);
    this.upTo(asked);
    this.live.textContent = status.textContent;
    const running = new AbortController();
    this.busy(running);
    try {
      await this.hear({ question, deeper }, running, (event) => this.show(event, { question, deeper, asked, reply, status, said, closest }));
    } catch (error) {
      const again = () => this.ask(question, deeper);
      if (running.signal.aborted) this.stopped(reply, again, said.textContent);
      else this.failed(reply, again, error);
      reply.append(closest); // what was shown stays
    } finally {
      reply.classList.remove("pending");
      if (this.running === running) this.busy(null);
    }
  }

  /** Scrolls so that a question stands at the top: of the conversation, or on a phone of the window. @param {HTMLElement} asked */
  upTo(asked) {
    const { top } = asked.getBoundingClientRect();
    if (getComputedStyle(this.chat).overflowY === "auto") {
      this.chat.scrollTop += top - this.chat.getBoundingClientRect().top - 8;
    } else {
      window.scrollBy(0, top - pick(document, "#eb-side").offsetHeight - 8); // below the player
    }
  }

  head() {
    return h("div", { class: "eb-chat-head" },
      h("span", {}, t("This conversation is kept in your home.")),
      h("button", { type: "button", class: "eb-act eb-new", onclick: () => this.renew() }, t("New conversation")));
  }

  /** @param {{ question: string, deeper: boolean }} wish @param {AbortController} running @param {(event: AnswerEvent) => unknown} show */
  async hear(wish, running, show) {
    const asked = { ...wish, scope: this.filters.chosen, earlier: this.turns, conversation: this.conversation };
    const reply = await send("/api/ask/stream", asked, { signal: running.signal });
    let answered = false;
    for await (const event of events(reply)) {
      if (event.kind === "error") throw new Error(event.message);
      answered ||= event.kind === "answer";
      show(event);
    }
    if (!answered) throw new TypeError("the stream broke off");
  }

  /** @param {AnswerEvent} event @param {Parts} parts */
  show(event, { question, deeper, asked, reply, status, said, closest }) {
    if (event.kind === "waiting") status.textContent = t("Others are asking as well; it is your turn next …");
    else if (event.kind === "reading" || event.kind === "converting") {
      const percent = event.of ? Math.round((100 * event.done) / event.of) : 0;
      status.textContent = event.kind === "reading"
        ? t("Reading the notes of that time … {percent} %", { percent })
        : t("Preparing the model that reads, once … {percent} %", { percent });
    } else if (event.kind === "piece") {
      said.hidden = false;
      said.textContent += event.text;
    } else if (event.kind === "evidence") {
      closest.replaceChildren(...drawEvidence(event.cards, this.context(question)));
    } else if (event.kind === "answer") this.answered(event, { question, deeper, asked, reply });
  }

  /** What the parts of an answer can do. @param {string} question @param {boolean} deeper @returns {AnswerContext} */
  context(question, deeper = false) {
    return { question, again: () => this.ask(question, deeper), deeper: () => this.ask(question, true), tell: (words) => { this.live.textContent = words; } };
  }

  /** @param {PageAnswer} answer @param {Pick<Parts, "question" | "deeper" | "asked" | "reply">} parts */
  answered(answer, { question, deeper, asked, reply }) {
    if (answer.conversation) this.inConversation(answer.conversation);
    if (answer.turn) this.turns = [...this.turns, answer.turn].slice(-REMEMBERED);
    const whole = answer.turn?.question ?? question; // also where the question pointed back
    reply.replaceChildren(...drawAnswer(answer, this.context(whole, deeper)));
    this.upTo(asked);
    const count = answer.cards.length;
    const moments = count ? ` ${count === 1 ? t("1 moment") : t("{n} moments", { n: count })}.` : "";
    this.live.textContent = answer.sentences.map((one) => one.text).join(" ") + moments;
  }

  /** @param {HTMLElement} reply @param {() => unknown} again @param {string} said */
  stopped(reply, again, said) {
    reply.replaceChildren(...(said ? [h("p", {}, said)] : []), h("p", { class: "eb-soft" }, t("Stopped.")), this.retry(again, t("Ask again")));
    this.live.textContent = t("Stopped.");
  }

  /** @param {HTMLElement} reply @param {() => unknown} again @param {unknown} error */
  failed(reply, again, error) {
    const words = failureWords(error);
    reply.replaceChildren(h("p", { class: "eb-failed", role: "alert" }, words), this.retry(again, t("Try again")));
    this.live.textContent = words;
  }

  /** @param {() => unknown} again @param {string} words */
  retry(again, words) {
    return h("p", {}, h("button", { type: "button", class: "eb-act", onclick: again }, words));
  }

  /** @param {AbortController | null} running */
  busy(running) {
    this.running = running;
    this.send.textContent = running ? t("Stop") : t("Ask");
    this.send.classList.toggle("eb-stop", Boolean(running));
  }

  stop() {
    this.running?.abort();
  }

  renew(focus = true) {
    this.stop();
    this.turns = [];
    this.inConversation("");
    this.chat.replaceChildren();
    this.refresh();
    if (focus) this.box.focus();
  }

  /** Marks the moment that plays. @param {Playing | null} now */
  follow(now) {
    for (const card of pickAll(this.chat, ".eb-evidence")) {
      const { recording, at } = now ?? { recording: "", at: 0 }; // null once the player is closed
      const on = card.dataset.recording === recording && at >= Number(card.dataset.from) - 0.5 && at < Number(card.dataset.to) + 0.5;
      card.classList.toggle("eb-on", on);
    }
  }
}

/** @param {HTMLElement} element */
export function mount(element) {
  new Asking(element);
}
