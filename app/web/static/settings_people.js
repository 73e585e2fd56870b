// People who may sign in: shown to whoever runs the computer, once there are accounts.

import { h, json, messageOf, pick, post } from "./dom.js";
import { whenWords } from "./format.js";
import { t } from "./words.js";

/** @import { OtherAccount } from "./types.d.ts" */

const OTHERS = "/api/account/others";

class People {
  constructor() {
    this.told = h("p", { class: "eb-set-told", role: "status" });
    this.list = h("ul", { class: "eb-plain" });
    this.element = h("section", { class: "eb-set-part", "aria-label": t("People who may sign in"), hidden: true },
      h("h2", {}, t("People who may sign in")),
      h("p", { class: "eb-facts" }, t("Everybody has a library of their own: nobody sees another's recordings here. Whoever runs the computer can open its folders, though.")),
      this.told, this.list, this.adding());
  }

  /** Fills the list; `allowed` is whether whoever is signed in may see it. @param {boolean} allowed */
  async refresh(allowed) {
    this.element.hidden = !allowed;
    if (!allowed) return;
    try {
      this.list.replaceChildren(...(await json(OTHERS)).map((one) => this.row(one)));
    } catch (error) {
      this.say(messageOf(error), true);
    }
  }

  /** @param {OtherAccount} one */
  row(one) {
    const seen = one.seen ? t("signed in, last seen {when}", { when: whenWords(one.seen) }) : t("not signed in anywhere");
    const ask = h("div", { class: "eb-set-ask" });
    /** @param {string} words @param {string} label @param {string} about @param {(password: string) => Promise<unknown>} send */
    const choose = (words, label, about, send) => h("button", { type: "button", class: "eb-choice", "aria-label": label, onclick: () => {
      ask.replaceChildren(this.sure(about, words, send, () => ask.replaceChildren()));
      pick(ask, "input").focus();
    } }, words);
    const buttons = one.changeable ? [h("span", { class: "eb-set-buttons" },
      choose(t("New password"), t("New password for {name}", { name: one.name }),
        t("{name} gets a new password, which is shown to you once, and is signed out everywhere.", { name: one.name }),
        (password) => this.reset(one, password)),
      choose(t("Remove sign-in"), t("Remove the sign-in of {name}", { name: one.name }),
        t("{name} will not be able to sign in any more. The recordings stay, in {home}.", { name: one.name, home: one.home }),
        (password) => this.remove(one, password)))] : [];
    return h("li", { "data-account": one.name }, h("span", {}, h("strong", {}, one.name), " · ", seen), ...buttons, ask);
  }

  /**
   * A question that takes the own password.
   * @param {string} about @param {string} words @param {(password: string) => Promise<unknown>} send @param {() => unknown} close
   */
  sure(about, words, send, close) {
    const password = own();
    const trouble = h("p", { class: "eb-set-told eb-trouble-words", role: "alert" });
    return h("form", { class: "eb-set-form", onsubmit: (event) => this.sent(event, trouble, () => send(password.value)) },
      h("p", {}, about), password,
      h("span", { class: "eb-set-buttons" }, h("button", { type: "submit", class: "eb-choice" }, words),
        h("button", { type: "button", class: "eb-choice", onclick: close }, t("Cancel"))), trouble);
  }

  adding() {
    const words = t("Name of the person");
    const name = h("input", { type: "text", required: true, maxlength: 32, autocomplete: "off", spellcheck: "false", "aria-label": words, placeholder: words });
    const password = own();
    const trouble = h("p", { class: "eb-set-told eb-trouble-words", role: "alert" });
    const add = async () => {
      const made = await post(OTHERS, { name: name.value, password: password.value });
      name.value = password.value = "";
      this.secret(t("{name} can sign in at {address} now. First password, shown only this once:", { name: made.name, address: location.origin }), made.password);
    };
    return h("details", {}, h("summary", {}, t("Let somebody sign in")),
      h("form", { class: "eb-set-form", onsubmit: (event) => this.sent(event, trouble, add) },
        h("p", { class: "eb-facts" }, t("They get an empty library of their own, and a first password that you hand over. They can change it under Settings, Account.")),
        name, password, h("button", { type: "submit", class: "eb-choice" }, t("Let them sign in")), trouble));
  }

  /** @param {Event} event @param {HTMLElement} trouble @param {() => Promise<unknown>} send */
  async sent(event, trouble, send) {
    event.preventDefault();
    trouble.textContent = "";
    try {
      await send();
    } catch (error) {
      trouble.textContent = messageOf(error);
      return;
    }
    await this.refresh(true);
    this.told.focus();
  }

  /** @param {OtherAccount} one @param {string} password */
  async reset(one, password) {
    const made = await post(`${OTHERS}/${one.id}/password`, { password });
    this.secret(t("New password of {name}, shown only this once:", { name: made.name }), made.password);
  }

  /** @param {OtherAccount} one @param {string} password */
  async remove(one, password) {
    const gone = await post(`${OTHERS}/${one.id}/remove`, { password });
    this.say(t("{name} can no longer sign in. The recordings are still in {home}.", { name: gone.name, home: gone.home }));
  }

  /** @param {string} words @param {string} secret */
  secret(words, secret) {
    this.say(words);
    this.told.append(" ", h("code", { tabindex: "0" }, secret));
  }

  /** @param {string} words */
  say(words, trouble = false) {
    this.told.setAttribute("tabindex", "-1");
    this.told.classList.toggle("eb-trouble-words", trouble);
    this.told.textContent = words;
  }
}

function own() {
  const words = t("Your own password");
  return h("input", { type: "password", required: true, maxlength: 256, autocomplete: "current-password", "aria-label": words, placeholder: words });
}

export function peopleSection() {
  return new People();
}
