// Settings: how the pages look, what runs, how much room is taken, who may come in, what this is.

import { accountSection } from "./settings_account.js";
import { programsSection } from "./settings_programs.js";
import { modelsSection } from "./settings_models.js";
import { quotaChoice } from "./settings_quota.js";
import { h, json, messageOf, pick, post } from "./dom.js";
import { storageTable } from "./settings_storage.js";
import { language, languages, speak, t } from "./words.js";

/** @import { Child, Choice, Field, SettingsReply } from "./types.d.ts" */

const NAMED = ["captioner", "pictures", "embedder", "chat", "look"];
const SEEING = ["captioner", "look"];
const CHOICES = () => [
  ["preset", t("Models"), t("Larger ones answer better and need more memory.")],
  ["language", t("Spoken language"), t("What the people in your recordings speak.")],
  ["speech", t("Speech recogniser"), t("What writes down what is said.")],
  ["captioner", t("What describes pictures"), t("Empty is the usual way. Another model on this computer is named by its kind and folder: qwen-vl:/models/qwen.")],
  ["pictures", t("What finds pictures by words"), t("An image–text model, by its kind and place.")],
  ["embedder", t("What finds sentences by meaning"), t("Another one embeds what is there once more, in the background.")],
  ["chat", t("What writes answers"), t("Empty takes the largest that is quick enough here.")],
  ["look", t("What looks again"), t("A model that sees, and checks a recording when a question is about how things look.")],
  ["retriever", t("How moments are searched"), t("A retrieval strategy.")],
  ["reading", t("How answers are found"), t("What a model reads before it answers.")],
];

class Settings {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.place = pick(element, ".eb-settings-content");
    this.models = modelsSection();
    this.account = accountSection();
    this.programs = programsSection();
    this.storage = h("div", {});
    this.refresh();
    new IntersectionObserver((entries) => {
      if (!entries.at(-1)?.isIntersecting) return;
      this.models.refresh();
      this.models.propose();
      json("/api/settings/storage").then((found) => this.storage.replaceChildren(...storageTable(found))).catch(() => {});
    }).observe(element);
  }

  async refresh() {
    try {
      this.draw(await json("/api/settings"));
    } catch (error) {
      this.place.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, t("The settings cannot be shown: {why}", { why: messageOf(error) })));
    }
  }

  /** @param {SettingsReply} found */
  draw(found) {
    this.account.refresh();
    this.programs.refresh(found.home);
    const choices = CHOICES().map(([name, title, help]) => this.choice(name, title, help, found.choices[name]));
    this.place.replaceChildren(
      section(t("Pages"), languageRow(), largeRow(), this.zone(found.timezone)),
      section(t("What sees, hears and answers"), this.models.plan, this.models.element, h("details", {}, h("summary", {}, t("Each choice")), ...choices)),
      section(t("Storage"), h("p", { class: "eb-facts" }, t("The library is in {home}.", { home: found.home })), this.storage),
      this.account.element,
      this.account.people.element,
      this.programs.element,
      section(t("About"), ...about(found.about)),
    );
  }

  /** @param {SettingsReply["timezone"]} zone */
  zone({ chosen, shown, zones }) {
    const newest = { value: "", words: t("Where the newest recording was made") };
    const options = [newest, ...zones.map((zone) => ({ value: zone, words: zone }))];
    const field = text("timezone", { value: chosen, options });
    return this.row("timezone", t("Time zone shown"), t("Days and hours are shown on this clock: {zone}. Type a part of its name, or nothing for where the newest recording was made.", { zone: shown }), field, "");
  }

  /** @param {string} name @param {string} title @param {string} help @param {Choice} found */
  choice(name, title, help, found) {
    const field = NAMED.includes(name) ? text(name, found) : h("select", { id: `eb-set-${name}`, disabled: Boolean(found.outdone) },
      ...found.options.map(({ value, words }) => option(value, words, value === (found.outdone ? found.running : found.value))));
    const told = found.outdone || (found.pending ? t("Counts after the next start.") : found.note);
    const row = this.row(name, title, help, field, told);
    if (SEEING.includes(name)) row.append(...quotaChoice(/** @type {HTMLInputElement} */ (field)));
    return row;
  }

  /** @param {string} name @param {string} title @param {string} help @param {Field} field @param {string} told */
  row(name, title, help, field, told) {
    const status = h("p", { class: "eb-set-told", role: "status" }, told);
    field.addEventListener("change", () => this.keep(name, field, status));
    field.setAttribute("aria-describedby", `eb-about-${name}`);
    return h("div", { class: "eb-set" },
      h("label", { for: `eb-set-${name}` }, title),
      h("p", { class: "eb-facts", id: `eb-about-${name}` }, help), field, status);
  }

  /** @param {string} name @param {Field} field @param {HTMLElement} status */
  async keep(name, field, status) {
    status.classList.remove("eb-trouble-words");
    try {
      const found = await post("/api/settings", { name, value: field.value.trim() || null });
      if (name === "timezone") {
        status.textContent = t("Kept. Days and hours are shown in {zone} now.", { zone: found.timezone.shown });
        return;
      }
      const { pending } = found.choices[name];
      status.textContent = pending ? t("Kept. It counts after the next start.") : t("Kept.");
    } catch (error) {
      status.classList.add("eb-trouble-words");
      status.textContent = messageOf(error);
    }
  }
}

/** A field that its options can be searched by. @param {string} name @param {Pick<Choice, "value" | "options"> & Partial<Choice>} found */
function text(name, found) {
  const list = h("datalist", { id: `eb-names-${name}` }, ...found.options.slice(1).map(({ value }) => h("option", { value })));
  return h("input", { id: `eb-set-${name}`, type: "text", list: list.id, maxlength: 500, autocomplete: "off", spellcheck: "false", disabled: Boolean(found.outdone),
    placeholder: found.options[0].words, value: found.outdone ? found.running : found.value }, list);
}

function languageRow() {
  const select = h("select", { id: "eb-set-pages", onchange: (event) => speak(event.currentTarget.value) },
    ...Object.entries(languages).map(([code, name]) => option(code, name, code === language)));
  return h("div", { class: "eb-set" }, h("label", { for: "eb-set-pages" }, t("Language of the pages")),
    h("p", { class: "eb-facts" }, t("Changes at once, in this browser.")), select);
}

function largeRow() {
  const root = document.documentElement;
  const box = h("input", { type: "checkbox", id: "eb-set-large", checked: root.classList.contains("eb-large"), onchange: () => {
    root.classList.toggle("eb-large", box.checked);
    localStorage.setItem("eb-large", box.checked ? "1" : "0");
  } });
  return h("div", { class: "eb-set eb-set-check" }, box, h("label", { for: "eb-set-large" }, t("Large type")),
    h("p", { class: "eb-facts" }, t("Changes at once, in this browser.")));
}

/** @param {SettingsReply["about"]} about */
function about({ version, leaves, licences }) {
  const goes = leaves.length
    ? [h("p", { class: "eb-note" }, t("Some models run elsewhere, as you chose:")), h("ul", { class: "eb-plain" }, ...leaves.map((words) => h("li", {}, words)))]
    : [h("p", { class: "eb-note" }, t("Nothing leaves this computer: recordings, questions and answers stay here. Models are fetched only when you say so."))];
  const rows = licences.map(({ name, licence, purpose }) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, licence), h("td", {}, purpose)));
  return [
    h("p", {}, t("EgoButler {version}, Apache-2.0.", { version })),
    ...goes,
    h("details", {}, h("summary", {}, t("Licences of the models")),
      h("div", { class: "eb-table", tabindex: "0", role: "region", "aria-label": t("Licences of the models") }, h("table", {},
        h("thead", {}, h("tr", {}, ...[t("Model"), t("Licence"), t("What for")].map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, ...rows)))),
  ];
}

/** @param {string} value @param {string} words @param {boolean} selected */
const option = (value, words, selected) => h("option", { value, selected }, words);

/** @param {string} title @param {...Child} content */
export function section(title, ...content) {
  return h("section", { class: "eb-set-part", "aria-label": title }, h("h2", {}, title), ...content.filter(Boolean));
}

/** @param {HTMLElement} element */
export function mount(element) {
  pick(element, ".eb-settings").setAttribute("aria-label", t("Settings"));
  new Settings(element);
}
