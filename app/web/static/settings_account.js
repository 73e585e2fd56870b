// The account: password and sessions. Shown where the server has accounts.

import { h, json, post } from "./dom.js";
import { peopleSection } from "./settings_people.js";
import { language, t } from "./words.js";

const WHEN = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "short" });
const when = (seconds) => (seconds ? WHEN.format(new Date(seconds * 1000)) : t("not yet"));

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
    this.element.replaceChildren(h("h2", {}, t("Account")), ...(who.account ? this.owned(who, sessions) : this.first(who)));
  }

  owned(who, sessions) {
    return [
      h("p", {}, t("Signed in as {name}.", { name: who.account })),
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

  session(one) {
    const words = t("{device}, last seen {when}", { device: one.device, when: when(one.seen) });
    return h("li", {}, h("span", {}, one.current ? `${words} · ${t("this browser")}` : words),
      one.current ? "" : button(t("Sign out"), () => this.end(`/api/account/sessions/${encodeURIComponent(one.id)}`), t("Sign out {device}", { device: one.device })));
  }

  form(title, fields, send, done) {
    const inputs = fields.map(([name, words, complete]) => [name, h("input", { type: complete === "username" ? "text" : "password", required: true, maxlength: 256, autocomplete: complete, "aria-label": words, placeholder: words })]);
    const told = h("p", { class: "eb-set-told", role: "status" });
    const submit = async (event) => {
      event.preventDefault();
      try {
        await send(Object.fromEntries(inputs.map(([name, input]) => [name, input.value])));
        for (const [, input] of inputs) input.value = "";
        told.textContent = done;
        this.refresh();
      } catch (error) {
        told.textContent = error.message;
      }
    };
    return h("details", {}, h("summary", {}, title),
      h("form", { class: "eb-set-form", onsubmit: submit }, ...inputs.map(([, input]) => input), h("button", { type: "submit", class: "eb-choice" }, title), told));
  }

  async end(address) {
    await json(address, { method: "DELETE" }).catch(() => {});
    this.refresh();
  }

  async leave(session) {
    if (session) await json(`/api/account/sessions/${encodeURIComponent(session.id)}`, { method: "DELETE" }).catch(() => {});
    location.reload();
  }

  async everywhere() {
    await post("/api/account/sign-out-everywhere", { keep_this: false }).catch(() => {});
    location.reload();
  }
}

const button = (words, onclick, label = words) => h("button", { type: "button", class: "eb-choice", "aria-label": label, onclick }, words);

export function accountSection() {
  return new Account();
}
