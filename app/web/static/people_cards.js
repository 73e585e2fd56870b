// Cards of people: faces, voices that can be heard, and a box for the name.

import { h } from "./dom.js";
import { t } from "./words.js";

/** @import { Pair, PersonCard, Sample } from "./types.d.ts" */

/** @import { People } from "./people.js" */

/** The voice that is heard. @type {{ button: HTMLButtonElement, audio: HTMLAudioElement } | null} */
let sounding = null;

/** A face, or a voice that a press plays. @param {Sample} sample */
export function sample({ kind, address, when }) {
  if (kind === "face") {
    return h("img", { class: "eb-face", src: address, alt: t("Face, {when}", { when }), loading: "lazy", decoding: "async",
      onerror: (event) => event.target.replaceWith(noFace()) });
  }
  const button = h("button", { type: "button", class: "eb-voice", "aria-label": t("Play the voice, {when}", { when }) }, "▶ ", t("voice"));
  button.addEventListener("click", () => hear(button, address));
  return button;
}

function noFace() {
  return h("span", { class: "eb-face eb-face-none", title: t("The picture is not here any more.") }, "?");
}

/** @param {HTMLButtonElement} button @param {string} address */
function hear(button, address) {
  const stop = sounding?.button === button;
  sounding?.audio.pause();
  sounding?.button.classList.remove("eb-sounding");
  sounding = null;
  if (stop) return;
  const audio = new Audio(address);
  sounding = { button, audio };
  button.classList.add("eb-sounding");
  const over = () => button.classList.remove("eb-sounding");
  audio.addEventListener("ended", over);
  audio.addEventListener("error", () => {
    over();
    button.disabled = true;
    button.title = t("The recording of this voice is not here.");
  });
  audio.play().catch(over);
}

/** How often somebody was met. @param {PersonCard} person */
export function facts(person) {
  const seen = person.faces === 1 ? t("seen once") : t("seen {count} times", { count: person.faces });
  const heard = person.voices === 1 ? t("heard once") : t("heard {count} times", { count: person.voices });
  const counts = [person.faces && seen, person.voices && heard];
  return [...counts, person.met].filter(Boolean).join(" · ");
}

/** The box in which a name is given. @param {PersonCard} person @param {People} people */
export function naming(person, people) {
  const box = h("input", {
    type: "text", list: "eb-names", maxlength: 60, value: person.name, autocomplete: "off",
    placeholder: t("Name"), "aria-label": t("Name of {label}", { label: person.label }),
  });
  const form = h("form", { class: "eb-naming" }, box, h("button", { type: "submit", class: "eb-primary" }, t("Save")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = box.value.trim();
    if (!name) return box.focus();
    const known = people.known?.names.includes(name) && name !== person.name;
    const told = known ? t("{label} and {name} are one person now.", { label: person.label, name }) : t("This is {name} from now on.", { name });
    if (await people.change("name", { person: person.id, name }, told)) people.told.focus();
  });
  return form;
}

/** A person in the list. @param {PersonCard} person @param {People} people */
export function card(person, people) {
  const title = person.name ? h("h3", {}, person.name) : h("h3", { class: "eb-unnamed" }, person.label);
  return h("li", { class: "eb-card eb-person", "data-person": person.id },
    h("div", { class: "eb-samples" }, ...person.samples.map(sample)),
    h("div", { class: "eb-person-words" }, title, h("p", { class: "eb-facts" }, facts(person)),
      person.me ? h("span", { class: "eb-badge" }, t("you")) : null),
    person.name ? null : naming(person, people),
    h("button", { type: "button", class: "eb-plain eb-about", "aria-label": t("More about {label}", { label: person.label }),
      onclick: () => people.open(person.id) }, t("More")));
}

/** Two who may be one person. @param {Pair} pair @param {People} people */
export function pair({ one, two, why }, people) {
  /** @param {PersonCard} person */
  const side = (person) => h("div", { class: "eb-side-of-pair" },
    h("div", { class: "eb-samples" }, ...person.samples.map(sample)), h("strong", {}, person.label));
  const labels = { one: one.label, two: two.label };
  const [into, other] = two.name && !one.name ? [two, one] : [one, two];
  const merge = () => people.change("merge", { into: into.id, others: [other.id] },
    t("{one} and {two} are one person now.", labels));
  const apart = () => people.change("apart", { one: one.id, two: two.id }, t("Good: they stay two people."));
  return h("li", { class: "eb-card eb-pair" },
    h("div", { class: "eb-pair-sides" }, side(one), side(two)),
    h("p", { class: "eb-facts" }, why),
    h("div", { class: "eb-buttons" },
      h("button", { type: "button", class: "eb-primary", "aria-label": t("{one} and {two}: the same person", labels), onclick: merge }, t("Same person")),
      h("button", { type: "button", class: "eb-plain", "aria-label": t("{one} and {two}: two people", labels), onclick: apart }, t("Two people"))));
}
