// Programs and assistants: tokens, the tools for other assistants (MCP), and webhooks.

import { h, json, messageOf, pick, post } from "./dom.js";
import { hooksPart } from "./settings_hooks.js";
import { whenWords } from "./format.js";
import { t } from "./words.js";

/** @import { AccountReply, Token } from "./types.d.ts" */

const READING = ["ask", "search", "timeline"]; // what an assistant needs

class Programs {
  constructor() {
    this.tokens = h("div", {});
    this.assistants = h("div", {});
    this.hooks = hooksPart();
    this.home = "";
    this.element = h("section", { class: "eb-set-part", "aria-label": t("Programs and assistants") },
      h("h2", {}, t("Programs and assistants")), this.tokens, this.assistants, this.hooks.element);
  }

  async refresh(home = this.home) {
    this.home = home;
    this.hooks.refresh();
    this.connect("");
    await this.list();
  }

  async list() {
    try {
      const [who, tokens] = await Promise.all([json("/api/account"), json("/api/account/tokens")]);
      this.tokens.replaceChildren(...this.drawn(who.all_scopes ?? [], tokens));
    } catch (error) {
      this.tokens.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, messageOf(error)));
    }
  }

  // Tokens

  /** @param {AccountReply["all_scopes"]} scopes @param {Token[]} tokens */
  drawn(scopes, tokens) {
    const rows = tokens.map((one) => h("li", {},
      h("span", {}, t("{name}: {scopes}; last used {when}", { name: one.name, scopes: one.scopes.join(", "), when: one.used ? whenWords(one.used) : t("not yet") })),
      button(t("Remove"), () => this.end(one.id), t("Remove {name}", { name: one.name }))));
    return [
      h("h3", {}, t("Tokens for programs")),
      h("p", { class: "eb-facts" }, t("A token lets a program of yours ask without a password, a calendar for example.")),
      h("p", { class: "eb-set-told eb-secret", role: "status" }),
      rows.length ? h("ul", { class: "eb-plain" }, ...rows) : "",
      this.form(scopes),
    ];
  }

  /** @param {AccountReply["all_scopes"]} scopes */
  form(scopes) {
    const name = h("input", { type: "text", required: true, maxlength: 60, "aria-label": t("What the token is for"), placeholder: t("What the token is for") });
    const boxes = scopes.map(({ scope, words }) => ({ box: h("input", { type: "checkbox", value: scope, checked: READING.includes(scope) }), words }));
    const told = h("p", { class: "eb-set-told eb-trouble-words", role: "alert" });
    /** @param {Event} event */
    const made = async (event) => {
      event.preventDefault();
      try {
        const chosen = boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
        const token = await post("/api/account/tokens", { name: name.value, scopes: chosen, days: null });
        await this.list();
        pick(this.tokens, ".eb-secret").replaceChildren(
          t("Copy it now, it is not shown again:"), " ", h("code", { tabindex: "0" }, token.secret), " ", copying(() => token.secret, t("Copy the token")));
        this.connect(token.secret);
      } catch (error) {
        told.textContent = messageOf(error);
      }
    };
    return h("details", {}, h("summary", {}, t("Add a token")),
      h("form", { class: "eb-set-form", onsubmit: made }, name,
        ...boxes.map(({ box, words }) => h("label", { class: "eb-set-box" }, box, h("span", {}, words))),
        h("button", { type: "submit", class: "eb-choice" }, t("Add")), told));
  }

  /** @param {string} id */
  async end(id) {
    await json(`/api/account/tokens/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(() => {});
    this.list();
  }

  // Assistants

  /** How another assistant is connected; with `secret`, a token that was just made is in it. @param {string} secret */
  connect(secret) {
    const address = `${location.origin}/mcp`;
    const here = { command: "egobutler", args: ["mcp", ...(this.home ? ["--home", this.home] : [])] };
    const over = { type: "http", url: address, headers: { Authorization: `Bearer ${secret || t("YOUR-TOKEN")}` } };
    /** @param {string} words @param {object} entry */
    const part = (words, entry) => {
      const text = JSON.stringify({ mcpServers: { egobutler: entry } }, null, 2);
      return [h("p", {}, words), h("pre", { tabindex: "0" }, text), copying(() => text, t("Copy"))];
    };
    this.assistants.replaceChildren(
      h("h3", {}, t("Other assistants")),
      h("p", { class: "eb-facts" }, t("Another assistant can ask EgoButler (MCP). It can read, never change. What it reads it may send on, to the company that runs its model for one: connect only one that you trust with that.")),
      h("p", {}, t("Address:"), " ", h("code", {}, address)),
      h("details", {}, h("summary", {}, t("Set up an assistant")),
        ...part(t("For an assistant that runs on this computer:"), here),
        ...part(t("For one that connects by the address, with a token from above:"), over)));
  }
}

/** A button that copies what `text()` gives, and says so. @param {() => string} text @param {string} words */
function copying(text, words) {
  const made = button(words, async () => {
    try {
      await navigator.clipboard.writeText(text());
      made.textContent = t("Copied");
    } catch {
      made.textContent = t("Select it and copy it by hand");
    }
    setTimeout(() => { made.textContent = words; }, 3000);
  });
  return made;
}

/** @param {string} words @param {() => unknown} onclick */
const button = (words, onclick, label = words) => h("button", { type: "button", class: "eb-choice", "aria-label": label, onclick }, words);

export function programsSection() {
  return new Programs();
}
