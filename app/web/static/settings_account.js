// The account: password and sessions. Shown where the server has accounts.

import { h, json, messageOf, post } from "./dom.js";
import { peopleSection } from "./settings_people.js";
import { whenWords } from "./format.js";
import { t } from "./words.js";

/** @import { AccountReply, Session } from "./types.d.ts" */


class Account {
  constructor() {
    this.element = h("section", { class: "eb-set-part", "aria-label": t("Account"), hidden: true });
    this.people = peopleSection();
  }

  async refresh() {
    let who;
    try {
      who = await json("/api/account");
    } catch {
      return;
    }
    const sessions = await json("/api/account/sessions").catch(() => []);
    this.element.hidden = false;
    this.people.refresh(who.in_charge);
    this.element.replaceChildren(h("h2", {}, t("Account")), ...(who.account ? this.owned(who, sessions) : this.first()));
  }

  /** @param {AccountReply} who @param {Session[]} sessions */
  owned(who, sessions) {
    return [
      h("p", {}, t("Signed in as {name}.", { name: who.account ?? "" })),
      h("ul", { class: "eb-plain" }, ...sessions.map((one) => this.session(one))),
      h("div", { class: "eb-set-buttons" },
        button(t("Sign out"), () => this.leave(sessions.find((one) => one.current))),
        button(t("Sign out everywhere"), () => this.everywhere())),
      this.form(t("Change the password"), [["old", t("Old password"), "current-password"], ["new", t("New password"), "new-password"]],
        (values) => post("/api/account/password", values), t("The password is changed; other browsers are signed out.")),
    ];
  }

  first() {
    return [
      h("p", { class: "eb-facts" }, t("Nobody has an account yet. With one, the app asks for a name and a password before it shows anything.")),
      this.form(t("Make the first account"), [["name", t("Name"), "username"], ["password", t("Password"), "new-password"]],
        (values) => post("/api/account", values), t("The account is made.")),
    ];
  }

  /** @param {Session} one */
  session(one) {
    const words = t("{device}, last seen {when}", { device: one.device, when: whenWords(one.seen) });
    return h("li", {}, h("span", {}, one.current ? `${words} · ${t("this browser")}` : words),
      one.current ? "" : button(t("Sign out"), () => this.end(`/api/account/sessions/${encodeURIComponent(one.id)}`), t("Sign out {device}", { device: one.device })));
  }

  /** @param {string} title @param {string[][]} fields @param {(values: Record<string, string>) => Promise<unknown>} send @param {string} done */
  form(title, fields, send, done) {
    const inputs = fields.map(([name, words, complete]) => h("input", { name, type: complete === "username" ? "text" : "password", required: true, maxlength: 256, autocomplete: complete, "aria-label": words, placeholder: words }));
    const told = h("p", { class: "eb-set-told", role: "status" });
    /** @param {Event} event */
    const submit = async (event) => {
      event.preventDefault();
      try {
        await send(Object.fromEntries(inputs.map(({ name, value }) => [name, value])));
        for (const input of inputs) input.value = "";
        told.textContent = done;
        this.refresh();
      } catch (error) {
        told.textContent = messageOf(error);
      }
    };
    return h("details", {}, h("summary", {}, title),
      h("form", { class: "eb-set-form", onsubmit: submit }, ...inputs, h("button", { type: "submit", class: "eb-choice" }, title), told));
  }

  /** @param {string} address */
  async end(address) {
    await json(address, { method: "DELETE" }).catch(() => {});
    this.refresh();
  }

  /** @param {Session | undefined} session */
  async leave(session) {
    if (session) await json(`/api/account/sessions/${encodeURIComponent(session.id)}`, { method: "DELETE" }).catch(() => {});
    location.reload();
  }

  async everywhere() {
    await post("/api/account/sign-out-everywhere", { keep_this: false }).catch(() => {});
    location.reload();
  }
}

/** @param {string} words @param {() => unknown} onclick */
const button = (words, onclick, label = words) => h("button", { type: "button", class: "eb-choice", "aria-label": label, onclick }, words);

export function accountSection() {
  return new Account();
}
