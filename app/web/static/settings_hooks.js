// Webhooks: addresses that are told when a recording is finished. None until one is added.

import { h, json, messageOf, post } from "./dom.js";
import { whenWords } from "./format.js";
import { t } from "./words.js";

/** @import { Webhook } from "./types.d.ts" */


class Hooks {
  constructor() {
    this.list = h("ul", { class: "eb-plain" });
    this.told = h("p", { class: "eb-set-told", role: "status" });
    this.element = h("div", {},
      h("h3", {}, t("Webhooks")),
      h("p", { class: "eb-facts" }, t("An address that is told when a recording is finished or has failed. It gets counts and states, never what was said or seen. There is none until you add one.")),
      this.list, this.told, this.form());
  }

  async refresh() {
    try {
      const hooks = await json("/api/hooks");
      this.list.replaceChildren(...hooks.map((one) => this.row(one)));
    } catch (error) {
      this.say(messageOf(error), true);
    }
  }

  /** @param {string} words */
  say(words, trouble = false) {
    this.told.classList.toggle("eb-trouble-words", trouble);
    this.told.replaceChildren(words);
  }

  /** @param {Webhook} hook */
  row({ id, url, reached, trouble, waiting }) {
    const state = [
      trouble ? t("The last message was not taken: {why}", { why: trouble }) : reached ? t("Last reached {when}", { when: whenWords(reached) }) : t("Not used yet"),
      waiting ? t("Messages that wait: {n}", { n: waiting }) : "",
    ].filter(Boolean).join(" · ");
    /** @param {string} words @param {() => unknown} act */
    const button = (words, act) => h("button", { type: "button", class: "eb-choice", "aria-label": `${words}: ${url}`, onclick: act }, words);
    return h("li", {}, h("span", {}, h("strong", {}, url), h("br"), h("span", { class: trouble ? "eb-set-told eb-trouble-words" : "eb-facts" }, state)),
      h("span", { class: "eb-set-buttons" }, button(t("Send a test"), () => this.test(id)), button(t("Remove"), () => this.remove(id))));
  }

  /** @param {string} id */
  async test(id) {
    this.say(t("Sending a test …"));
    try {
      const { taken, trouble } = await post(`/api/hooks/${encodeURIComponent(id)}/test`, {});
      this.say(taken ? t("The test was taken.") : t("The test was not taken: {why}", { why: trouble }), !taken);
    } catch (error) {
      this.say(messageOf(error), true);
    }
    this.refresh();
  }

  /** @param {string} id */
  async remove(id) {
    await json(`/api/hooks/${encodeURIComponent(id)}`, { method: "DELETE" }).catch((error) => this.say(messageOf(error), true));
    this.refresh();
  }

  /** First where it leads, and only then, with the person's leave, it is added. */
  form() {
    const url = h("input", { type: "url", required: true, maxlength: 2000, autocomplete: "off", spellcheck: "false", placeholder: "http://127.0.0.1:8123/hook", "aria-label": t("Address of the webhook") });
    const asked = h("div", { role: "status" });
    /** @param {unknown} error */
    const complain = (error) => asked.replaceChildren(h("p", { class: "eb-set-told eb-trouble-words", role: "alert" }, messageOf(error)));
    /** @param {string} address */
    const add = async (address) => {
      try {
        const made = await post("/api/hooks", { url: address, agreed: true });
        url.value = "";
        asked.replaceChildren();
        this.say(t("It is added. Its messages are signed with this secret; copy it now, it is not shown again:"));
        this.told.append(" ", h("code", { tabindex: "0" }, made.secret));
        this.refresh();
      } catch (error) {
        complain(error);
      }
    };
    /** @param {Event} event */
    const look = async (event) => {
      event.preventDefault();
      const address = url.value;
      try {
        const { agreement } = await post("/api/hooks/where", { url: address });
        const go = h("button", { type: "button", class: "eb-choice eb-main", onclick: () => add(address) }, t("I agree: add it"));
        asked.replaceChildren(h("p", { class: "eb-note" }, agreement), go);
        go.focus();
      } catch (error) {
        complain(error);
      }
    };
    return h("details", {}, h("summary", {}, t("Add a webhook")),
      h("form", { class: "eb-set-form", onsubmit: look }, url, h("button", { type: "submit", class: "eb-choice" }, t("See where it leads")), asked));
  }
}

export function hooksPart() {
  return new Hooks();
}
