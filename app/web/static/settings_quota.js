// How a model that sees shares its tokens out among a clip's frames: an option of its name.

import { h } from "./dom.js";
import { t } from "./words.js";

const OPTION = "quota=";
const USUAL = "auto";
const WITHOUT = ["", "composed", "none"]; // no model that sees
const WAYS = () => [
  [USUAL, t("By what stands out and what is asked (usual)")],
  ["uniqueness", t("By what stands out")],
  ["question", t("By what is asked")],
  ["0.5", t("By both, for half the tokens")],
  ["off", t("Evenly, as the model does by itself")],
];

/** The options of a name, without the question mark. @param {string} name */
const options = (name) => (name.split("?")[1] ?? "").split("&").filter(Boolean);

/** @param {string} name */
export function quotaOf(name) {
  return options(name).find((one) => one.startsWith(OPTION))?.slice(OPTION.length) || USUAL;
}

/** The same name with another way to share; the usual one needs no words. @param {string} name @param {string} way */
export function withQuota(name, way) {
  const others = options(name).filter((one) => !one.startsWith(OPTION));
  const all = way === USUAL ? others : [...others, OPTION + way];
  return [name.split("?")[0], all.join("&")].filter(Boolean).join("?");
}

/** Fields that may name one model, which is in memory once only while they name it alike. */
const named = () => /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("#eb-set-captioner, #eb-set-chat, #eb-set-look"));

/** A choice beside the field of a name, which it changes. @param {HTMLInputElement} field */
export function quotaChoice(field) {
  const id = `${field.id}-quota`;
  const select = h("select", { id });
  const draw = () => {
    const way = quotaOf(field.value);
    const ways = WAYS().some(([value]) => value === way) ? WAYS() : [...WAYS(), [way, way]];
    select.replaceChildren(...ways.map(([value, words]) => h("option", { value, selected: value === way }, words)));
    select.disabled = field.disabled || WITHOUT.includes(field.value.trim());
  };
  select.addEventListener("change", () => {
    const model = withQuota(field.value, USUAL);
    for (const other of named()) {
      if (other.disabled || withQuota(other.value, USUAL) !== model) continue;
      other.value = withQuota(other.value, select.value);
      other.dispatchEvent(new Event("change"));
    }
  });
  field.addEventListener("change", draw);
  draw();
  return [h("label", { for: id, class: "eb-facts" }, t("What its tokens go by (QuoTA)")), select];
}
