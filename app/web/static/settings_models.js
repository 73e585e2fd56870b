// The models: the plan of this machine, which are here, and fetching them with progress.

import { h, json, messageOf, post } from "./dom.js";
import { t } from "./words.js";

/** @import { Model, ModelsReply, ModelPlan, PlanPart } from "./types.d.ts" */

class Models {
  constructor() {
    this.element = h("div", { class: "eb-set eb-set-models" });
    this.plan = h("div", { class: "eb-set eb-set-plan" });
  }

  async propose() {
    if (!this.plan.childElementCount) this.plan.replaceChildren(h("p", { class: "eb-quiet", role: "status" }, t("Looking at this computer …")));
    try {
      this.plan.replaceChildren(...planned(await json("/api/settings/plan"), () => this.act("/api/settings/plan", {})));
    } catch (error) {
      this.plan.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, t("The models cannot be shown: {why}", { why: messageOf(error) })));
    }
  }

  async refresh() {
    clearTimeout(this.timer);
    try {
      this.draw(await json("/api/settings/models"));
    } catch (error) {
      this.element.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, t("The models cannot be shown: {why}", { why: messageOf(error) })));
    }
  }

  /** @param {"/api/settings/models/fetch" | "/api/settings/models/stop" | "/api/settings/plan"} path @param {unknown} body */
  async act(path, body) {
    try {
      this.draw(await post(path, body));
    } catch (error) {
      this.element.append(h("p", { class: "eb-set-told eb-trouble-words", role: "alert" }, messageOf(error)));
    }
  }

  /** @param {ModelsReply} found */
  draw(found) {
    const { fetch, missing } = found;
    const opened = this.element.querySelector("details")?.open ?? false;
    this.element.replaceChildren(
      h("p", { class: "eb-set-title" }, t("What runs on this computer")),
      missing.length || fetch.running || fetch.finished || fetch.trouble ? this.fetching(found) : "",
      h("details", { open: opened }, h("summary", {}, t("Each model")), h("p", { class: "eb-facts" }, found.note),
        h("div", { class: "eb-table", tabindex: "0", role: "region", "aria-label": t("Each model") }, h("table", {}, h("tbody", {}, ...[...found.named, ...found.models, ...found.others].map(row))))));
    if (fetch.running) this.timer = setTimeout(() => this.refresh(), 700);
    else if (this.running) this.propose();
    this.running = fetch.running;
  }

  /** @param {ModelsReply} models */
  fetching({ fetch, missing, size }) {
    const words = missing.length === 1 ? t("1 model is missing ({size}).", { size }) : t("{n} models are missing ({size}).", { n: missing.length, size });
    const start = () => this.act("/api/settings/models/fetch", { bundles: null });
    const stop = () => this.act("/api/settings/models/stop", {});
    return h("div", { class: "eb-fetch" },
      missing.length ? h("p", {}, words) : null,
      fetch.running
        ? h("button", { type: "button", class: "eb-choice", onclick: stop }, t("Stop"))
        : missing.length ? h("button", { type: "button", class: "eb-choice eb-main", onclick: start }, t("Fetch what is missing ({size})", { size })) : null,
      fetch.running ? h("progress", { max: 100, value: fetch.percent, "aria-label": fetch.words }) : null,
      fetch.words ? h("p", { class: "eb-facts", role: "status" }, fetch.words) : null,
      fetch.trouble ? h("p", { class: "eb-set-told eb-trouble-words", role: "alert" }, fetch.trouble) : null,
      fetch.detail.length ? h("details", {}, h("summary", {}, t("What was tried")), h("pre", {}, fetch.detail.join("\n"))) : null);
  }
}

/** @param {Model} model */
function row({ name, purpose, size, state, words, place, licence }) {
  const facts = place ? h("p", { class: "eb-facts" }, [licence, place].join(" · ")) : "";
  const badge = h("span", { class: ["present", "elsewhere"].includes(state) ? "eb-badge" : "eb-badge eb-absent" }, words);
  return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, badge), h("td", {}, size), h("td", {}, purpose, facts));
}

/** @param {ModelPlan} found @param {() => void} accept */
function planned(found, accept) {
  const head = [t("What for"), t("Model"), t("Download"), t("Memory"), t("Card"), t("Takes, estimated")];
  const [, , ...sizes] = head;
  const sums = h("tr", {}, h("th", { scope: "row" }, t("Together")), h("td", {}), ...cells(sizes, [found.download, found.memory, found.card, ""]));
  return [
    h("p", { class: "eb-set-title" }, t("The models that fit this computer together")),
    h("p", { class: "eb-facts" }, found.machine),
    h("div", { class: "eb-table", tabindex: "0", role: "region", "aria-label": t("The models that fit this computer together") }, h("table", {},
      h("thead", {}, h("tr", {}, ...head.map((words) => h("th", { scope: "col" }, words)))),
      h("tbody", {}, ...found.parts.map((one) => part(one, sizes)), sums))),
    ...found.notes.map((note) => h("p", { class: "eb-facts" }, note)),
    found.accepted
      ? h("p", { class: "eb-set-told" }, found.running ? t("These models are chosen, and run now.") : t("These models are chosen. They count from the next start."))
      : h("button", { type: "button", class: "eb-choice eb-main", onclick: accept }, found.download ? t("Fetch and use these ({size})", { size: found.download }) : t("Use these")),
  ];
}

/** Cells that say what they are where there is no room for a head. @param {string[]} titles @param {string[]} values */
const cells = (titles, values) => values.map((value, at) => h("td", { "data-title": titles[at] }, value));

/** @param {PlanPart} part @param {string[]} sizes */
function part({ title, model, download, memory, card, time, adds, source }, sizes) {
  const told = [adds, source && t("From {source}.", { source })].filter(Boolean).join(" ");
  return h("tr", {}, h("th", { scope: "row" }, title), h("td", {}, model, h("p", { class: "eb-facts" }, told)), ...cells(sizes, [download, memory, card, time]));
}

export function modelsSection() {
  return new Models();
}
