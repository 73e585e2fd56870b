// The bell: what became of recordings while nobody was looking. It asks for leave to show messages
// of the system only when it is told to.

import { h, json, openPage, post } from "./dom.js";
import { play } from "./player.js";
import { language, t } from "./words.js";

const EVERY = 15_000; // ms between two looks
const HIDDEN = 60_000; // the same while the page is not to be seen

class Bell {
  constructor(element) {
    this.button = element.querySelector(".eb-bell");
    this.count = element.querySelector(".eb-bell-count");
    this.words = element.querySelector(".eb-bell-words");
    this.news = element.querySelector(".eb-news");
    this.known = null; // id of the newest notice that this page has heard of
    this.found = { newest: 0, unseen: 0, notices: [] };
    this.button.addEventListener("click", () => this.turn(this.news.hidden));
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.news.hidden) return;
      this.turn(false);
      this.button.focus();
    });
    document.addEventListener("click", (event) => {
      // What was clicked may have been drawn anew since: then it is nowhere.
      if (event.target.isConnected && !element.contains(event.target)) this.turn(false);
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
    this.look();
  }

  async look() {
    clearTimeout(this.timer);
    try {
      this.take(await json("/api/notices"));
    } catch {
      // The pages say themselves that the server is gone; the bell is quiet until it is back.
    }
    this.timer = setTimeout(() => this.look(), document.hidden ? HIDDEN : EVERY);
  }

  take(found) {
    if (this.known !== null && found.newest > this.known) this.tell(found);
    this.known = Math.max(this.known ?? 0, found.newest);
    const changed = JSON.stringify(found) !== JSON.stringify(this.found);
    this.found = found;
    this.count.hidden = found.unseen === 0;
    this.count.textContent = found.unseen > 99 ? "99+" : String(found.unseen);
    this.words.textContent = found.unseen ? t("News, {count} new", { count: found.unseen }) : t("News");
    if (changed && !this.news.hidden) this.draw();
  }

  turn(open) {
    if (open === !this.news.hidden) return;
    this.news.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.draw();
    if (this.found.unseen) {
      post("/api/notices/seen", { newest: this.found.newest }).then((found) => this.take(found), () => {});
    }
  }

  draw() {
    const { notices } = this.found;
    const marked = new Set([...this.news.querySelectorAll(".eb-new")].map((one) => one.dataset.id));
    const list = notices.map((one) => item(one, marked.has(String(one.id)), () => this.turn(false)));
    const none = h("p", { class: "eb-quiet" }, t("When a recording is ready, or needs you, it is said here."));
    this.news.replaceChildren(
      h("h2", {}, t("News")),
      notices.length ? h("ul", {}, ...list) : none,
      ...this.offer(),
    );
  }

  /** Whether messages of the system may be shown: asked for by a click, and never before. */
  offer() {
    if (!("Notification" in window) || Notification.permission === "granted") return [];
    if (Notification.permission === "denied") {
      return [h("p", { class: "eb-facts" }, t("Your browser shows no messages of this page; its settings can change that."))];
    }
    const ask = async () => {
      await Notification.requestPermission();
      this.draw();
      this.news.querySelector("button, h2")?.focus();
    };
    return [h("button", { type: "button", class: "eb-link eb-allow", onclick: ask }, t("Tell me outside of this page, too"))];
  }

  /** One message, however many files it is about. */
  tell(found) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const fresh = found.notices.filter((one) => one.id > this.known);
    const body = fresh.length === 1 ? fresh[0].words : t("{count} recordings have news", { count: fresh.length });
    const shown = new Notification("EgoButler", { body, tag: "eb-notices", icon: "/logo.svg" });
    shown.onclick = () => (window.focus(), this.turn(true));
  }
}

function item(one, marked, leave) {
  const go = () => {
    leave();
    if (one.recording && one.kind !== "failed") play({ recording: one.recording, start: 0, words: "" });
    else openPage("library");
  };
  const fresh = one.new || marked;
  const what = one.recording && one.kind !== "failed" ? t("Watch") : t("See what to do");
  return h(
    "li",
    { class: `eb-notice eb-is-${one.kind}${fresh ? " eb-new" : ""}`, "data-id": one.id },
    h("strong", {}, one.words),
    h("span", { class: "eb-facts" }, when(one.at)),
    one.more && h("p", {}, one.more),
    h("button", { type: "button", class: "eb-link", onclick: go }, what),
  );
}

function when(at) {
  return new Date(at * 1000).toLocaleString(language === "en" ? "en-GB" : language,
    { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function mount(element) {
  new Bell(element);
}
