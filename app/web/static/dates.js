// Gradio's fields for dates have no names for who hears the page.

import { pickAll } from "./dom.js";
import { t } from "./words.js";

/** Gives each its label, and its button one too. @param {ParentNode} page */
export function nameDates(page) {
  for (const box of pickAll(page, ".timebox")) {
    const label = box.parentElement?.querySelector('[data-testid="block-info"]')?.textContent.trim() ?? "";
    box.querySelector("input")?.setAttribute("aria-label", label);
    box.querySelector("button")?.setAttribute("aria-label", `${label}: ${t("Calendar")}`);
  }
}
