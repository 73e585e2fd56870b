// Conversations that were held: their list, and which one this tab has open. They are kept in the home.

import { h, json, post } from "./dom.js";
import { momentWords } from "./ask_words.js";
import { t } from "./words.js";

/** @import { Conversation } from "./types.d.ts" */

const OPEN = "eb-conversation";
const SHOWN = 5; // conversations that are listed from the start

/** The id of the conversation that this tab had open before a reload, "" without one. */
export function lastOpen() {
  try { return sessionStorage.getItem(OPEN) ?? ""; } catch { return ""; }
}

/** @param {string} id "": none is open */
export function setOpen(id) {
  try {
    if (id) sessionStorage.setItem(OPEN, id);
    else sessionStorage.removeItem(OPEN);
  } catch { /* a browser that keeps nothing */ }
}

/** A list of the conversations that were held; null where there are none. @param {(id: string) => unknown} open */
export async function pastConversations(open) {
  const held = await json("/api/ask/conversations").catch(() => null);
  if (!held?.length) return null;
  const items = held.map((one) => item(one, open));
  const list = h("ol", {}, ...items.slice(0, SHOWN));
  const rest = items.slice(SHOWN);
  const more = h("button", { type: "button", class: "eb-small", onclick: () => { list.append(...rest); more.remove(); } }, t("Show all"));
  return h("section", { class: "eb-past", "aria-label": t("Earlier conversations") },
    h("h3", {}, t("Earlier conversations")), list, rest.length ? more : null);
}

/** @param {Conversation} conversation @param {(id: string) => unknown} open */
function item({ id, title, at }, open) {
  const remove = async () => {
    await post("/api/ask/conversations/delete", { conversation: id });
    row.remove();
  };
  const row = h("li", {},
    h("button", { type: "button", class: "eb-small", onclick: () => open(id) }, title),
    h("span", { class: "eb-soft" }, momentWords(at)),
    h("button", { type: "button", class: "eb-small", "aria-label": t("Delete the conversation {title}", { title }), onclick: remove }, t("Delete")));
  return row;
}
