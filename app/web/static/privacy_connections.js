// What left this computer since it was started: nothing, as a rule.

import { h, json, messageOf } from "./dom.js";
import { t } from "./words.js";

/** A section that is filled, and filled anew on demand. */
export function connectionsSection() {
  const told = h("div", { role: "status" });
  const refresh = async () => {
    try {
      const { summary, lines } = await json("/api/privacy/connections");
      told.replaceChildren(h("p", { class: "eb-note" }, summary),
        lines.length ? h("ul", { class: "eb-plain" }, ...lines.map((line) => h("li", {}, line))) : "");
    } catch (error) {
      told.replaceChildren(h("p", { class: "eb-quiet" }, messageOf(error)));
    }
  };
  refresh();
  return h("section", { class: "eb-priv-card" }, h("h2", {}, t("What leaves this computer")),
    h("p", { class: "eb-facts" }, t("Every connection, message and question for an address that this program has opened since it was started. The list is kept in memory only.")),
    told, h("button", { type: "button", class: "eb-priv-quiet", onclick: refresh }, t("Look again")));
}
