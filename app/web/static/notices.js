// The bell: whether there is news of recordings. It asks for leave to show messages of the system only when it is told to.

import { around, json, pick, pickAll, post } from "./dom.js";
import { t } from "./words.js";

/** @import { Notice, Notices } from "./types.d.ts" */

const EVERY = 15_000; // ms between two looks
const HIDDEN = 60_000; // the same while the page is not to be seen

/** @param {HTMLElement} element @param {Trigger} trigger */
export function mount(element, trigger) {
  const news = pick(document, "#eb-news");
  const [words, count] = pickAll(element, ".eb-bell > span");
  const [allow, denied] = pickAll(news, ".eb-allow, .eb-allow + p");
  let found = { newest: 0, unseen: 0, notices: /** @type {Notice[]} */ ([]) };
  let heard = -1; // id of the newest notice that this page has heard of
  let seen = false; // whether what is new is being looked at
  let timer = 0;

  const draw = () => trigger("submit", {});
  const look = async () => {
    clearTimeout(timer);
    await json("/api/notices").then(take, () => {}); // the pages say themselves that the server is gone
    timer = window.setTimeout(look, document.hidden ? HIDDEN : EVERY);
  };

  /** @param {Notices} now */
  function take(now) {
    if (heard >= 0) tell(now.notices.filter(({ id }) => id > heard));
    if (String(now.notices.map(({ id }) => id)) !== String(found.notices.map(({ id }) => id))) draw();
    heard = Math.max(heard, now.newest);
    found = now;
    count.hidden = !now.unseen;
    count.textContent = now.unseen > 99 ? "99+" : String(now.unseen);
    words.textContent = now.unseen ? t("News, {count} new", { count: now.unseen }) : t("News");
  }

  /** One message, however many files it is about. @param {Notice[]} fresh */
  function tell(fresh) {
    if (!fresh.length || !("Notification" in window) || Notification.permission !== "granted") return;
    const body = fresh.length === 1 ? fresh[0].words : t("{count} recordings have news", { count: fresh.length });
    const shown = new Notification("EgoButler", { body, tag: "eb-notices", icon: "/logo.svg" });
    shown.onclick = () => (window.focus(), news.showPopover());
  }

  const offer = () => {
    const allowed = "Notification" in window ? Notification.permission : "granted";
    allow.hidden = allowed !== "default";
    denied.hidden = allowed !== "denied";
  };
  news.popover = "auto";
  news.addEventListener("beforetoggle", ({ newState }) => {
    offer();
    if (newState !== "open" && seen) draw(); // it is new no more
    seen = newState === "open" && found.unseen > 0;
    if (seen) post("/api/notices/seen", { newest: found.newest }).then(take, () => {});
  });
  news.addEventListener("keydown", (event) => { if (event.key === "Escape") event.stopPropagation(); }); // the player stays
  window.addEventListener("click", (event) => { if (around(event, "#eb-news a")) news.hidePopover(); }, true);
  allow.addEventListener("click", () => Notification.requestPermission().then(offer));
  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
}
