// The bell: what became of recordings while nobody was looking. It asks for leave to show messages
// of the system only when it is told to.

import { h, json, openPage, pick, pickAll, post } from "./dom.js";
import { play } from "./player.js";
import { locale, t } from "./words.js";

/** @import { Notice, Notices } from "./types.d.ts" */

const EVERY = 15_000; // ms between two looks
const HIDDEN = 60_000; // the same while the page is not to be seen
const TOGETHER = 3600; // seconds between two notices of one kind that are shown as one

class Bell {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.button = pick(element, ".eb-bell");
    this.count = pick(element, ".eb-bell-count");
    this.words = pick(element, ".eb-bell-words");
    this.news = pick(element, ".eb-news");
    /** @type {number | null} */
    this.known = null; // id of the newest notice that this page has heard of
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {Notices} */
    this.found = { newest: 0, unseen: 0, notices: [] };
    this.button.addEventListener("click", () => this.turn(Boolean(this.news.hidden)));
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.news.hidden) return;
      this.turn(false);
      this.button.focus();
    });
    document.addEventListener("click", (event) => {
      // What was clicked may have been drawn anew since: then it is nowhere.
      if (event.target instanceof Node && event.target.isConnected && !element.contains(event.target)) this.turn(false);
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

  /** @param {Notices} found */
  take(found) {
    const { known } = this;
    if (known !== null && found.newest > known) this.tell(found.notices.filter((notice) => notice.id > known));
    this.known = Math.max(this.known ?? 0, found.newest);
    const changed = JSON.stringify(found) !== JSON.stringify(this.found);
    this.found = found;
    this.count.hidden = found.unseen === 0;
    this.count.textContent = found.unseen > 99 ? "99+" : String(found.unseen);
    this.words.textContent = found.unseen ? t("News, {count} new", { count: found.unseen }) : t("News");
    if (changed && !this.news.hidden) this.draw();
  }

  /** @param {boolean} open */
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
    const marked = new Set(pickAll(this.news, ".eb-new").map((shown) => shown.dataset.id));
    const opened = new Set(pickAll(this.news, "details[open]").map((details) => details.dataset.key));
    const list = together(notices).map((group) => line(group, marked, () => this.turn(false)));
    const none = h("p", { class: "eb-quiet" }, t("When a recording is ready, or needs you, it is said here."));
    this.news.replaceChildren(
      h("h2", {}, t("News")),
      notices.length ? h("ul", {}, ...list) : none,
      ...this.offer(),
    );
    for (const one of this.news.querySelectorAll("details")) one.open = opened.has(one.dataset.key);
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
      pick(this.news, "button, h2").focus();
    };
    return [h("button", { type: "button", class: "eb-link eb-allow", onclick: ask }, t("Tell me outside of this page, too"))];
  }

  /** One message, however many files it is about. @param {Notice[]} fresh */
  tell(fresh) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const body = fresh.length === 1 ? fresh[0].words : t("{count} recordings have news", { count: fresh.length });
    const shown = new Notification("EgoButler", { body, tag: "eb-notices", icon: "/logo.svg" });
    shown.onclick = () => (window.focus(), this.turn(true));
  }
}

/** Notices of one kind that came soon after one another, as groups, the newest first. @param {Notice[]} notices */
export function together(notices) {
  /** @type {Notice[][]} */
  const groups = [];
  for (const one of notices) {
    const group = groups.findLast(([newest]) => newest.kind === one.kind);
    if (group && group[group.length - 1].at - one.at <= TOGETHER) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** One notice, or one line for several. @param {Notice[]} group @param {Set<string | undefined>} marked @param {() => unknown} leave */
function line(group, marked, leave) {
  const list = group.map((one) => item(one, marked.has(String(one.id)), leave));
  if (list.length === 1) return list[0];
  const [{ kind, at }] = group;
  const fresh = group.some((one) => one.new || marked.has(String(one.id)));
  return h(
    "li",
    { class: `eb-notice eb-is-${kind}${fresh ? " eb-new" : ""}` },
    h("strong", {}, several(kind, group.length)),
    h("span", { class: "eb-facts" }, when(at)),
    h("details", { "data-key": String(group[group.length - 1].id) }, h("summary", {}, t("Which")), h("ul", {}, ...list)),
  );
}

/** @param {Notice["kind"]} kind @param {number} n */
function several(kind, n) {
  if (kind === "finished") return t("{n} recordings are remembered", { n });
  if (kind === "partial") return t("{n} recordings are remembered as far as they can be read", { n });
  if (kind === "waiting") return t("{n} recordings wait for you", { n });
  return t("{n} files could not be taken in", { n });
}

/** @param {Notice} one @param {boolean} marked @param {() => unknown} leave */
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

/** @param {number} at */
function when(at) {
  return new Date(at * 1000).toLocaleString(locale,
    { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** @param {HTMLElement} element */
export function mount(element) {
  new Bell(element);
}
