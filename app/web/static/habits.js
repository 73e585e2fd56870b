// Habits: charts of how time was spent, and the digest of a day. One page with two views.

import { digestView } from "./habits_digest.js";
import { chartsView } from "./habits_charts.js";
import { h, wishes } from "./dom.js";
import { t } from "./words.js";

class Habits {
  constructor(element) {
    this.place = h("div", { class: "eb-habits-view" });
    this.tabs = ["charts", "digest"].map((name) => this.tab(name));
    this.views = { charts: chartsView(), digest: digestView() };
    element.querySelector(".eb-habits-content").replaceChildren(
      h("div", { class: "eb-switch", role: "group", "aria-label": t("What to show") }, ...this.tabs),
      this.place,
    );
    document.addEventListener("eb-digest", () => this.wish());
    new IntersectionObserver((entries) => {
      if (!entries.at(-1).isIntersecting) return;
      if (!this.wish()) this.views[this.open].refresh();
    }).observe(element);
    this.open = "charts";
    if (!this.wish()) this.show("charts");
  }

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

  show(name, day) {
    this.open = name;
    for (const tab of this.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.view === name));
    this.place.replaceChildren(this.views[name].element);
    if (name === "charts" && location.hash.startsWith("#digest=")) history.replaceState(null, "", "/#page=habits");
    this.views[name].refresh(day);
  }
}

export function mount(element) {
  element.querySelector(".eb-habits").setAttribute("aria-label", t("Habits"));
  new Habits(element);
}
