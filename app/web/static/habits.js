// Habits: charts of how time was spent, and the digest of a day. One page with two views.

import { digestView } from "./habits_digest.js";
import { chartsView } from "./habits_charts.js";
import { h, pick, wishes } from "./dom.js";
import { t } from "./words.js";

/** @typedef {"charts" | "digest"} View */

class Habits {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.place = h("div", { class: "eb-habits-view" });
    this.tabs = [this.tab("charts"), this.tab("digest")];
    this.views = { charts: chartsView(), digest: digestView() };
    pick(element, ".eb-habits-content").replaceChildren(
      h("div", { class: "eb-switch", role: "group", "aria-label": t("What to show") }, ...this.tabs),
      this.place,
    );
    document.addEventListener("eb-digest", () => this.wish());
    new IntersectionObserver((entries) => {
      if (!entries.at(-1)?.isIntersecting) return;
      if (!this.wish()) this.views[this.open].refresh();
    }).observe(element);
    /** @type {View} */
    this.open = "charts";
    if (!this.wish()) this.show("charts");
  }

  /** @param {View} name */
  tab(name) {
    const words = name === "charts" ? t("Charts") : t("Daily digest");
    return h("button", { type: "button", class: "eb-choice", "data-view": name, onclick: () => this.show(name) }, words);
  }

  /** Opens the digest that another page or an address asked for. */
  wish() {
    const day = wishes.digest;
    if (!day) return false;
    delete wishes.digest;
    this.show("digest", day);
    return true;
  }

  /** @param {View} name @param {string} [day] */
  show(name, day) {
    this.open = name;
    for (const tab of this.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.view === name));
    this.place.replaceChildren(this.views[name].element);
    if (name === "charts" && location.hash.startsWith("#digest=")) history.replaceState(null, "", "/#page=habits");
    this.views[name].refresh(day);
  }
}

/** @param {HTMLElement} element */
export function mount(element) {
  pick(element, ".eb-habits").setAttribute("aria-label", t("Habits"));
  new Habits(element);
}
