// What a question is kept to: people, places, a time, devices. Chips beside the box.

import { h } from "./dom.js";
import { t } from "./words.js";

/** @import { AskHome } from "./types.d.ts" */

/** @typedef {"people" | "places" | "devices"} Kind */

/** @type {Kind[]} */
const LISTS = ["people", "places", "devices"];

export class Filters {
  /** @param {HTMLElement} element @param {() => unknown} back */
  constructor(element, back) {
    this.element = element;
    this.back = back;
    /** @type {Record<Kind, string[]>} */
    this.offered = { people: [], places: [], devices: [] };
    /** @type {Record<Kind, string[]> & { begin: string, end: string }} */
    this.chosen = { people: [], places: [], devices: [], begin: "", end: "" };
    this.newest = "";
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", t("Keep the search to"));
    document.addEventListener("click", (event) => {
      if (event.target instanceof Node && !element.contains(event.target)) this.close();
    });
    this.draw();
  }

  titles() {
    return { people: t("People"), places: t("Places"), devices: t("Devices"), time: t("Time") };
  }

  /** What can be chosen from; what is chosen stays. @param {AskHome} home */
  offer(home) {
    const before = JSON.stringify([this.offered, this.newest]);
    for (const kind of LISTS) this.offered[kind] = home[kind];
    this.newest = home.newest ?? "";
    if (JSON.stringify([this.offered, this.newest]) !== before && !this.element.querySelector("details[open]")) this.draw();
  }

  /** Keeps the search to a time. @param {string} begin @param {string} end */
  keepTo(begin, end) {
    Object.assign(this.chosen, { begin, end });
    this.draw();
  }

  /** Closes an open list. Returns whether one was open. */
  close() {
    const open = this.menus().filter((menu) => menu.open);
    for (const menu of open) menu.open = false;
    return open.length > 0;
  }

  menus() {
    return [...this.element.querySelectorAll("details")];
  }

  draw() {
    const lists = LISTS.filter((kind) => this.offered[kind].length || this.chosen[kind].length);
    /** @type {(Kind | "time")[]} */
    const all = ["people", "places", "time", "devices"];
    const order = all.filter((kind) => kind === "time" ? this.newest : lists.includes(kind));
    this.element.replaceChildren(...order.map((kind) => this.menu(kind)), ...this.chips());
  }

  /** @param {Kind | "time"} kind */
  menu(kind) {
    const title = this.titles()[kind];
    const panel = kind === "time" ? this.time() : this.list(kind);
    const count = kind === "time" ? Number(Boolean(this.chosen.begin || this.chosen.end)) : this.chosen[kind].length;
    const menu = h("details", { class: "eb-menu" },
      h("summary", { class: count ? "eb-set" : "" }, count && kind !== "time" ? `${title} · ${count}` : title),
      h("div", { class: "eb-panel", role: "group", "aria-label": title }, ...panel));
    menu.addEventListener("toggle", () => {
      if (menu.open) {
        for (const other of this.menus()) if (other !== menu) other.open = false;
        menu.querySelector("input")?.focus();
      } else {
        this.draw();
      }
    });
    return menu;
  }

  /** @param {Kind} kind */
  list(kind) {
    const names = [...new Set([...this.chosen[kind], ...this.offered[kind]])];
    const rows = names.map((name) => h("label", { class: "eb-choice" },
      h("input", { type: "checkbox", checked: this.chosen[kind].includes(name), onchange: (event) => this.choose(kind, name, event.currentTarget.checked) }),
      h("span", {}, name)));
    if (names.length <= 8) return rows;
    const find = h("input", { type: "search", placeholder: t("Find"), "aria-label": t("Find"), oninput: (event) => {
      const wanted = event.currentTarget.value.toLowerCase();
      rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
    } });
    find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    return [find, ...rows];
  }

  time() {
    /** @param {"begin" | "end"} name @param {string} words */
    const field = (name, words) => h("label", { class: "eb-when-field" }, words,
      h("input", { type: "datetime-local", value: this.chosen[name], onchange: (event) => { this.chosen[name] = event.currentTarget.value; } }));
    const day = h("button", { type: "button", class: "eb-small", onclick: () => {
      this.chosen.begin = `${this.newest}T00:00`;
      this.chosen.end = `${this.newest}T23:59`;
      this.close();
    } }, t("The newest day"));
    const none = h("button", { type: "button", class: "eb-small", onclick: () => {
      this.chosen.begin = this.chosen.end = "";
      this.close();
    } }, t("Any time"));
    return [field("begin", t("From")), field("end", t("Until")), h("div", { class: "eb-row" }, day, none)];
  }

  /** @param {Kind} kind @param {string} name @param {boolean} on */
  choose(kind, name, on) {
    this.chosen[kind] = on ? [...this.chosen[kind], name].slice(0, 20) : this.chosen[kind].filter((one) => one !== name);
  }

  chips() {
    /** @param {string} words @param {() => void} off */
    const chip = (words, off) => h("button", { type: "button", class: "eb-chip", "aria-label": t("Remove {name}", { name: words }), onclick: () => {
      off();
      this.draw();
      this.back();
    } }, words, h("span", { "aria-hidden": "true" }, " ×"));
    const found = LISTS.flatMap((kind) => this.chosen[kind].map((name) => chip(name, () => this.choose(kind, name, false))));
    const { begin, end } = this.chosen;
    if (begin || end) {
      const words = [begin, end].map((one) => one.replace("T", " ")).join(" – ");
      found.push(chip(words, () => { this.chosen.begin = this.chosen.end = ""; }));
    }
    return found;
  }
}
