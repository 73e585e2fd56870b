// The account: password, sessions, and tokens for programs. Shown where the server has accounts.

import { h, json, post } from "./dom.js";
import { language, t } from "./words.js";

const WHEN = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "short" });
const when = (seconds) => (seconds ? WHEN.format(new Date(seconds * 1000)) : t("not yet"));

class Account {
  constructor() {
    this.element = h("section", { class: "eb-set-part", "aria-label": t("Account"), hidden: true });
  }

  async refresh() {
    let who;
    try {
      who = await json("/api/account");
    } catch {
      return;
    }
    const [sessions, tokens] = await Promise.all(["sessions", "tokens"].map((name) => json(`/api/account/${name}`).catch(() => [])));
    this.element.hidden = false;
    this.element.replaceChildren(h("h2", {}, t("Account")), ...(who.account ? this.owned(who, sessions) : this.first(who)), ...this.tokens(who, tokens));
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

  tokens(who, tokens) {
    const name = h("input", { type: "text", required: true, maxlength: 60, "aria-label": t("What the token is for") , placeholder: t("What the token is for") });
    const boxes = who.all_scopes?.map(({ scope, words }) => [scope, h("input", { type: "checkbox", value: scope }), words]) ?? [];
    const told = h("p", { class: "eb-set-told", role: "status" });
    const made = async (event) => {
      event.preventDefault();
      const scopes = boxes.filter(([, box]) => box.checked).map(([scope]) => scope);
      try {
        const token = await post("/api/account/tokens", { name: name.value, scopes, days: null });
        await this.refresh();
        this.element.querySelector(".eb-secret").replaceChildren(
          t("Copy it now, it is not shown again:"), " ", h("code", { tabindex: "0" }, token.secret));
      } catch (error) {
        told.textContent = error.message;
      }
    };
    return [
      h("h3", {}, t("Tokens for programs")),
      h("p", { class: "eb-facts" }, t("A token lets a program of yours ask without a password, a calendar for example.")),
      h("p", { class: "eb-set-told eb-secret", role: "status" }),
      h("ul", { class: "eb-plain" }, ...tokens.map((one) => h("li", {},
        h("span", {}, t("{name}: {scopes}; last used {when}", { name: one.name, scopes: one.scopes.join(", "), when: when(one.used) })),
        button(t("Remove"), () => this.end(`/api/account/tokens/${encodeURIComponent(one.id)}`), t("Remove {name}", { name: one.name }))))),
      h("details", {}, h("summary", {}, t("Add a token")),
        h("form", { class: "eb-set-form", onsubmit: made }, name,
          ...boxes.map(([, box, words]) => h("label", { class: "eb-set-box" }, box, h("span", {}, words))),
          h("button", { type: "submit", class: "eb-choice" }, t("Add")), told)),
    ];
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
