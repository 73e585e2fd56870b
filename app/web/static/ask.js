// Ask: the conversation. It lives in this page alone: nothing of it is stored anywhere.

import { h, json, whileShown, wishes } from "./dom.js";
import { drawAnswer } from "./ask_answer.js";
import { Filters } from "./ask_filters.js";
import { microphone } from "./ask_voice.js";
import { t } from "./words.js";

const REMEMBERED = 3; // turns that a question may point back to

/** The events of a streamed answer, one by one. */
async function* events(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}

class Asking {
  constructor(element) {
    const find = (selector) => element.querySelector(selector);
    this.element = element;
    this.chat = find("#eb-chat");
    this.live = find(".eb-live");
    this.box = h("textarea", { rows: 1, maxlength: 2000, enterkeyhint: "send" });
    this.send = find("#eb-send");
    this.note = find(".eb-note");
    this.turns = [];
    this.home = null;
    this.running = null;
    this.filters = new Filters(find(".eb-filters"), () => this.box.focus());
    this.dress();
    find("form").addEventListener("submit", (event) => this.submit(event));
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    this.box.addEventListener("input", () => this.fit());
    document.addEventListener("keydown", (event) => this.shortcut(event));
    document.addEventListener("eb-now", (event) => this.follow(event.detail));
    this.mic = microphone(find("#eb-mic"), {
      write: (text) => this.write(text),
      tell: (words) => this.tell(words),
    });
    this.measure(find(".eb-asking"));
    find("#eb-question").append(this.box); // last: whoever sees it may use it
    document.addEventListener("eb-forgotten", () => this.renew(false)); // what is gone is quoted no more
    this.refresh = whileShown(element, () => this.open(), () => 30000);
  }

  /** The page is as high as what is left of the window below whatever stands above it. */
  measure(page) {
    const tell = () => page.style.setProperty("--eb-above", `${Math.round(page.getBoundingClientRect().top + scrollY)}px`);
    new ResizeObserver(tell).observe(document.body);
    new IntersectionObserver(tell).observe(page);
  }

  /** What the person's language says on fixed parts. */
  dress() {
    this.element.querySelector("section").setAttribute("aria-label", t("Ask"));
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
    if (wishes.ask) this.prepare();
    this.mic.ready(this.home.voice);
    if (!this.chat.querySelector(".message")) this.welcome();
  }

  /** A question that another page has begun, about a time of it. */
  prepare() {
    const { question, begin, end } = wishes.ask;
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

  welcome() {
    const { begun, suggestions, empty } = this.home;
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
    this.chat.replaceChildren(h("div", { class: "eb-welcome" }, ...parts,
      examples.length ? h("div", { class: "examples", role: "group", "aria-label": t("Questions to begin with") }, ...examples) : null));
  }

  // The box

  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
  }

  shortcut(event) {
    if (!this.element.offsetParent) return; // another page is open
    if (event.key === "Escape") {
      if (this.filters.close() || event.defaultPrevented) return;
      if (this.running) this.stop();
    } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
      event.preventDefault();
      this.box.focus();
    }
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 160)}px`;
  }

  write(text) {
    this.box.value = this.box.value ? `${this.box.value.trimEnd()} ${text}` : text;
    this.fit();
    this.box.focus();
    this.tell(t("Read it over, then press Enter to ask."));
  }

  tell(words) {
    this.note.hidden = !words;
    this.note.textContent = words;
  }

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

  async ask(question) {
    if (this.running) return;
    this.tell("");
    if (!this.chat.querySelector(".message")) {
      this.chat.replaceChildren(this.head());
    }
    const asked = h("div", { class: "user message" }, question);
    const status = h("span", {}, t("Looking through your recordings …"));
    const said = h("p", { class: "eb-said", hidden: true });
    const reply = h("div", { class: "bot message pending" },
      h("p", { class: "eb-wait" }, h("span", { class: "eb-spin", "aria-hidden": "true" }), status), said);
    this.chat.append(asked, reply);
    this.upTo(asked);
    this.live.textContent = status.textContent;
    this.busy(new AbortController());
    const running = this.running;
    try {
      await this.hear(question, running, (event) => this.show(event, { question, reply, status, said }));
    } catch (error) {
      if (running.signal.aborted) this.stopped(reply, question, said.textContent);
      else this.failed(reply, question, error);
    } finally {
      reply.classList.remove("pending");
      if (this.running === running) this.busy(null);
    }
  }

  /** Scrolls so that a question stands at the top: of the conversation, or on a phone of the window. */
  upTo(asked) {
    const { top } = asked.getBoundingClientRect();
    if (getComputedStyle(this.chat).overflowY === "auto") {
      this.chat.scrollTop += top - this.chat.getBoundingClientRect().top - 8;
    } else {
      window.scrollBy(0, top - document.getElementById("eb-side").offsetHeight - 8); // below the player
    }
  }

  head() {
    return h("div", { class: "eb-chat-head" },
      h("span", {}, t("This conversation is kept in this page only.")),
      h("button", { type: "button", class: "eb-act eb-new", onclick: () => this.renew() }, t("New conversation")));
  }

  async hear(question, running, show) {
    const reply = await fetch("/api/ask/stream", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ question, scope: this.filters.chosen, earlier: this.turns }),
      signal: running.signal,
    });
    if (!reply.ok) {
      const told = await reply.json().catch(() => null);
      throw new Error(typeof told?.detail === "string" ? told.detail : t("The server answered {status}.", { status: reply.status }));
    }
    let answered = false;
    for await (const event of events(reply)) {
      if (event.kind === "error") throw new Error(event.message);
      answered ||= event.kind === "answer";
      show(event);
    }
    if (!answered) throw new TypeError("the stream broke off");
  }

  show(event, { question, reply, status, said }) {
    if (event.kind === "waiting") status.textContent = t("Others are asking as well; it is your turn next …");
    else if (event.kind === "reading") {
      const percent = event.of ? Math.round((100 * event.done) / event.of) : 0;
      status.textContent = t("Reading the notes of that time … {percent} %", { percent });
    } else if (event.kind === "piece") {
      said.hidden = false;
      said.textContent += event.text;
    } else if (event.kind === "answer") this.answered(event, question, reply);
  }

  answered(answer, question, reply) {
    if (answer.turn) this.turns = [...this.turns, answer.turn].slice(-REMEMBERED);
    reply.replaceChildren(...drawAnswer(answer, {
      question: answer.turn?.question ?? question,
      again: () => this.ask(question),
      tell: (words) => { this.live.textContent = words; },
    }));
    this.upTo(reply.previousElementSibling);
    const count = answer.cards.length;
    this.live.textContent = `${answer.sentences.map((one) => one.text).join(" ")} ${count === 1 ? t("1 moment") : t("{n} moments", { n: count })}.`;
  }

  stopped(reply, question, said) {
    reply.replaceChildren(...[said ? h("p", {}, said) : null, h("p", { class: "eb-soft" }, t("Stopped."))].filter(Boolean), this.retry(question, t("Ask again")));
    this.live.textContent = t("Stopped.");
  }

  failed(reply, question, error) {
    const lost = error instanceof TypeError;
    const words = lost ? t("The connection to EgoButler was lost. Is it still running?") : error.message;
    reply.replaceChildren(h("p", { class: "eb-failed", role: "alert" }, words), this.retry(question, t("Try again")));
    this.live.textContent = words;
  }

  retry(question, words) {
    return h("p", {}, h("button", { type: "button", class: "eb-act", onclick: () => this.ask(question) }, words));
  }

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
    this.chat.replaceChildren();
    this.refresh();
    if (focus) this.box.focus();
  }

  /** Marks the moment that plays. */
  follow(now) {
    const { recording, at } = now ?? {}; // null once the player is closed
    for (const card of this.chat.querySelectorAll(".eb-evidence")) {
      const on = card.dataset.recording === recording && at >= Number(card.dataset.from) - 0.5 && at < Number(card.dataset.to) + 0.5;
      card.classList.toggle("eb-on", on);
    }
  }
}

export function mount(element) {
  new Asking(element);
}
