// Bystanders: whether faces and voices of people without a name are let go.

import { h, messageOf, post } from "./dom.js";
import { t } from "./words.js";

/** @param {boolean} forget what is chosen now */
export function bystandersSection(forget) {
  const told = h("p", { class: "eb-facts", role: "status" });
  const box = h("input", { type: "checkbox", id: "eb-priv-bystanders", checked: forget, onchange: async () => {
    if (box.checked && !window.confirm(t("Faces and voices of people without a name go now, for good. Name those whom you want to keep first."))) {
      box.checked = false;
      return;
    }
    try {
      const { prints } = await post("/api/privacy/bystanders", { forget: box.checked });
      told.textContent = box.checked ? t("Kept. {n} faces and voices went.", { n: prints }) : t("Kept.");
    } catch (error) {
      box.checked = !box.checked;
      told.textContent = messageOf(error);
    }
  } });
  return h("section", { class: "eb-priv-card" }, h("h2", {}, t("Bystanders")),
    h("p", { class: "eb-facts" }, t("Who has no name stays unknown: what tells their face or voice from others is deleted as soon as a recording is gone through. People with a name are still recognised. Pictures and words stay.")),
    h("p", { class: "eb-set-check" }, box, " ", h("label", { for: box.id }, t("Keep no faces and voices of people without a name"))), told);
}
