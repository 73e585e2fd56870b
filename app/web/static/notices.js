// The bell: what became of recordings while nobody was looking. It asks for leave to show messages
// of the system only when it is told to.

import { h, json, openPage, pick, pickAll, post } from "./dom.js";
import { play } from "./player.js";
import { locale, t } from "./words.js";

/** @import { Notice, Notices } from "./types.d.ts" */

const EVERY = 15_000; // ms between two looks
const HIDDEN = 60_000; // the same while the page is not to be seen

/** @param {HTMLElement} element */
export function mount(element) {
  const [count, words, news] = [".eb-bell-count", ".eb-bell-words", ".eb-news"].map((part) => pick(element, part));
  const [none, list, allow, denied] = pickAll(news, ":scope > :not(h2)");
  /** @type {Notices} */
  let found = { newest: 0, unseen: 0, notices: [], groups: [] };
  let heard = -1; // id of the newest notice that this page has heard of
  let timer = 0;
  /** Ids of those that nobody had looked at when the news were opened. @type {Set<number>} */
  const fresh = new Set();

  const look = async () => {
    clearTimeout(timer);
    await json("/api/notices").then(take, () => {}); // the pages say themselves that the server is gone
    timer = window.setTimeout(look, document.hidden ? HIDDEN : EVERY);
  };

  /** @param {Notices} now */
  function take(now) {
    if (heard >= 0 && now.newest > heard) tell(now.notices.filter(({ id }) => id > heard));
    heard = Math.max(heard, now.newest);
    const changed = JSON.stringify(now) !== JSON.stringify(found);
    found = now;
    count.hidden = !now.unseen;
    count.textContent = now.unseen > 99 ? "99+" : String(now.unseen);
    words.textContent = now.unseen ? t("News, {count} new", { count: now.unseen }) : t("News");
    if (changed && news.matches(":popover-open")) draw();
  }

  function draw() {
    for (const one of found.notices) if (one.new) fresh.add(one.id);
    const opened = new Set(pickAll(news, "details[open]").map((details) => details.dataset.key));
    const lines = found.groups.map(({ words: several, ids }) => {
      const group = found.notices.filter(({ id }) => ids.includes(id));
      if (!several) return item(group[0]);
      const key = String(ids.at(-1));
      return line(group, several, h("details", { "data-key": key, open: opened.has(key) }, h("summary", {}, t("Which")), h("ul", {}, ...group.map(item))));
    });
    list.replaceChildren(...lines);
    none.hidden = lines.length > 0;
    const allowed = "Notification" in window ? Notification.permission : "granted"; // asked for by a click, and never before
    allow.hidden = allowed !== "default";
    denied.hidden = allowed !== "denied";
  }

  /** A line about notices of one kind. @param {Notice[]} group @param {string} said @param {...(HTMLElement | string)} more */
  function line(group, said, ...more) {
    const [{ kind, at }] = group;
    const when = new Date(at * 1000).toLocaleString(locale, { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const marked = group.some(({ id }) => fresh.has(id)) ? " eb-new" : "";
    return h("li", { class: `eb-notice eb-is-${kind}${marked}` }, h("strong", {}, said), h("span", { class: "eb-facts" }, when), ...more);
  }

  /** @param {Notice} one */
  function item(one) {
    const plays = one.recording && one.kind !== "failed";
    const go = () => {
      news.hidePopover();
      if (plays) play({ recording: one.recording, start: 0, words: "" });
      else openPage("library");
    };
    return line([one], one.words, one.more && h("p", {}, one.more),
      h("button", { type: "button", class: "eb-link", onclick: go }, plays ? t("Watch") : t("See what to do")));
  }

  /** One message, however many files it is about. @param {Notice[]} several */
  function tell(several) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const body = several.length === 1 ? several[0].words : t("{count} recordings have news", { count: several.length });
    const shown = new Notification("EgoButler", { body, tag: "eb-notices", icon: "/logo.svg" });
    shown.onclick = () => (window.focus(), news.showPopover());
  }

  news.addEventListener("beforetoggle", ({ newState }) => {
    fresh.clear();
    if (newState !== "open") return;
    draw();
    if (found.unseen) post("/api/notices/seen", { newest: found.newest }).then(take, () => {});
  });
  allow.addEventListener("click", () => Notification.requestPermission().then(draw));
  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
}
