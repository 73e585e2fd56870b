// Privacy: forget a time, a person or a place and see that it is gone; rules, and what was done.

import { h, json, messageOf, pick, post, whileShown, wishes } from "./dom.js";
import { bystandersSection } from "./privacy_bystanders.js";
import { connectionsSection } from "./privacy_connections.js";
import { clockOf, dayAfter } from "./format.js";
import { keepSection } from "./privacy_keep.js";
import { t } from "./words.js";

/** @import { ForgetPreview, ForgetRequest, PrivacyOverview } from "./types.d.ts" */

/** @typedef {ForgetRequest["kind"]} Kind */
/** A choice as the server takes it. @typedef {Record<string, string | number | boolean | undefined>} Chosen */

class Privacy {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.place = pick(element, ".eb-priv-body");
    /** @type {Kind} */
    this.kind = "span";
    /** A recording that a time is kept to. @type {ForgetRequest["only"]} */
    this.only = null;
    /** A time that another page gave, and what the fields say of it. @type {{ start?: number, end?: number, as: string } | null} */
    this.exact = null;
    this.drawn = false;
    /** @type {PrivacyOverview} */
    this.about = { paused: false, doing: "", bystanders: false, timezone: "UTC", days: [], places: [], people: [], recordings: [], rules: {}, about: { originals_days: "", details_days: "", all_days: "" }, due: [] };
    this.fields = h("div", { class: "eb-priv-fields" });
    this.form = h("form", { class: "eb-priv-form", onsubmit: (event) => { event.preventDefault(); this.look(); } });
    this.outcome = h("div", { class: "eb-priv-outcome", role: "status", tabindex: "-1" });
    this.log = h("ol", { class: "eb-priv-log" });
    this.again = whileShown(element, () => this.refresh(), () => 30_000);
  }

  async refresh() {
    if (this.drawn && !wishes.forget) return this.tell();
    try {
      this.about = await json("/api/privacy");
    } catch (error) {
      this.place.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, messageOf(error)));
      return;
    }
    this.drawn = true;
    this.place.replaceChildren(this.promise(), this.pause(), this.forget(), this.rules(),
      bystandersSection(this.about.bystanders), keepSection(() => this.tell()), connectionsSection(), this.proof(), this.deeds());
    if (wishes.forget) this.prepare(wishes.forget);
    await this.tell();
  }

  /** What another page would have forgotten, filled in; nothing is done before it is confirmed. @param {ForgetRequest} wish */
  prepare({ kind, day, name, moments, start = 0, end = 0, only }) {
    delete wishes.forget;
    this.choose(kind, only);
    pick(this.form, `[name="eb-priv-kind"][value="${kind}"]`, HTMLInputElement).checked = true;
    /** @param {string} field @param {string} value */
    const set = (field, value) => { pick(this.form, `[name="${field}"]`, HTMLInputElement).value = value; };
    if (day) set("day", day);
    if (name) set("name", name);
    if (moments) pick(this.form, '[name="moments"]', HTMLInputElement).checked = true;
    if (kind === "span") {
      const [begins, ends] = [start, end].map((at) => clockOf(at, this.about.timezone));
      set("day", begins.day);
      set("from", begins.time);
      set("until", ends.time);
      this.exact = { start, end, as: JSON.stringify(this.named()) };
    }
    this.form.scrollIntoView({ block: "start" });
    this.look();
  }

  promise() {
    return h("p", { class: "eb-priv-promise" },
      t("Your recordings stay on this computer. Here you decide what is kept, and take back what should never have been recorded."));
  }

  // Pause

  pause() {
    const words = h("span", {});
    const button = h("button", { type: "button", class: "eb-priv-quiet", onclick: () => turn() }, "");
    const show = () => {
      words.textContent = this.about.paused
        ? t("Paused: nothing new is being watched or listened to.")
        : t("New recordings are being taken in.");
      button.textContent = this.about.paused ? t("Go on") : t("Pause");
    };
    const turn = async () => {
      await post(`/api/queue/${this.about.paused ? "resume" : "pause"}`, {}).catch(() => {});
      this.about.paused = (await json("/api/privacy").catch(() => this.about)).paused;
      show();
    };
    show();
    return h("div", { class: "eb-priv-pause" }, words, button);
  }

  // Forget

  forget() {
    /** @type {[Kind, string][]} */
    const kinds = [["span", t("A time")], ["day", t("A whole day")], ["person", t("A person")], ["place", t("A place")], ["recording", t("A recording")]];
    const radios = kinds.map(([kind, words]) =>
      h("label", { class: "eb-priv-kind" },
        h("input", { type: "radio", name: "eb-priv-kind", value: kind, checked: kind === this.kind, onchange: () => this.choose(kind) }),
        h("span", {}, words)));
    this.form.replaceChildren(
      h("fieldset", {}, h("legend", {}, t("What should be forgotten?")), h("div", { class: "eb-priv-kinds" }, ...radios)),
      this.fields,
      h("button", { class: "eb-priv-look" }, t("See what would go")));
    this.choose(this.kind);
    return h("section", { class: "eb-priv-card" }, h("h2", {}, t("Forget")), this.form, this.outcome);
  }

  /** @param {Kind} kind @param {ForgetRequest["only"]} [only] */
  choose(kind, only = null) {
    this.exact = null;
    this.only = only;
    this.kind = kind;
    this.outcome.replaceChildren();
    this.fields.replaceChildren(...this.fieldsOf(kind));
  }

  /** @param {Kind} kind */
  fieldsOf(kind) {
    const last = this.about.days[this.about.days.length - 1] ?? "";
    const first = this.about.days[0] ?? "";
    /** @param {string} name @param {string} words @param {Record<string, string | number>} attributes */
    const field = (name, words, attributes) => {
      const id = `eb-priv-${name}`;
      return h("p", {}, h("label", { for: id }, words), h("input", { id, name, required: true, ...attributes }));
    };
    const day = field("day", t("Day"), { type: "date", value: last, min: first, max: last });
    const originals = h("label", { class: "eb-priv-check" },
      h("input", { type: "checkbox", name: "originals" }),
      h("span", {}, t("Also cut the files that lie elsewhere on this computer")));
    if (kind === "span") {
      const only = this.only && h("label", { class: "eb-priv-check" },
        h("input", { type: "checkbox", name: "only", checked: true }),
        h("span", {}, t("Only in {name}; other recordings of that time stay", { name: this.only.name })));
      return [day, field("from", t("From"), { type: "time", step: "any" }), field("until", t("Until"), { type: "time", step: "any" }),
        ...(only ? [only] : []), originals];
    }
    if (kind === "day") return [day, originals];
    if (kind === "person") {
      return [field("name", t("Name or number"), { type: "text", maxlength: 200, list: "eb-priv-people", autocomplete: "off" }),
        h("datalist", { id: "eb-priv-people" }, ...this.about.people.map((value) => h("option", { value }))),
        h("label", { class: "eb-priv-check" }, h("input", { type: "checkbox", name: "moments" }),
          h("span", {}, t("Also every moment in which they were seen or heard")))];
    }
    if (kind === "place") {
      return [field("name", t("Name of the place"), { type: "text", maxlength: 200, list: "eb-priv-places", autocomplete: "off" }),
        h("datalist", { id: "eb-priv-places" }, ...this.about.places.map((value) => h("option", { value }))),
        h("p", { class: "eb-facts" }, t("Places are known by what was told, read on signs or recognised; no positions are kept. Look closely at what would go.")),
        originals];
    }
    const offered = this.about.recordings.map(({ id, name }) => h("option", { value: id }, name));
    return [field("name", t("Name of the file"), { type: "text", maxlength: 400, list: "eb-priv-recordings", autocomplete: "off" }),
      h("datalist", { id: "eb-priv-recordings" }, ...offered), originals];
  }

  /** @returns {Chosen} */
  chosen() {
    const given = new FormData(this.form);
    /** @param {string} name */
    const on = (name) => given.get(name) === "on";
    /** @param {string} name */
    const text = (name) => String(given.get(name) ?? "");
    const exact = this.exact?.as === JSON.stringify(this.named()) ? this.exact : null;
    /** @type {Chosen} */
    const chosen = { kind: this.kind, name: text("name"), moments: on("moments"), originals: on("originals") };
    if (this.kind === "day") chosen.day = text("day");
    if (this.kind === "span" && exact) Object.assign(chosen, { start: exact.start, end: exact.end });
    else if (this.kind === "span") {
      chosen.begins = `${text("day")}T${text("from")}`;
      chosen.ends = `${this.overnight() ? dayAfter(text("day"), 1) : text("day")}T${text("until")}`;
    }
    if (on("only")) chosen.recording = this.only?.id;
    return chosen;
  }

  /** Whether the time ends on the day after; one that ends when it begins is empty, not a day long. */
  overnight() {
    return this.kind === "span" && Number(this.input("until")?.valueAsNumber) < Number(this.input("from")?.valueAsNumber);
  }

  /** The time as the fields name it: one that was not touched stays as exact as it was given. */
  named() {
    return ["day", "from", "until"].map((field) => this.input(field)?.value);
  }

  /** @param {string} name */
  input(name) {
    const field = this.form.elements.namedItem(name);
    return field instanceof HTMLInputElement ? field : null;
  }

  async look() {
    const chosen = this.chosen();
    this.show(h("p", { class: "eb-quiet" }, t("Looking …")));
    let found;
    try {
      found = await post("/api/privacy/preview", chosen);
    } catch (error) {
      return this.complain(error);
    }
    const late = t("It ends on the day after: until {time}.", { time: this.input("until")?.value ?? "" });
    const lines = list(chosen.ends && this.overnight() ? [late, ...found.lines] : found.lines);
    if (found.nothing) return this.show(lines);
    const button = h("button", { type: "button", class: "eb-priv-danger", onclick: () => this.sure(chosen, found, lines) },
      t("Forget this"));
    const cancel = h("button", { type: "button", class: "eb-priv-quiet", onclick: () => this.show() }, t("Keep it"));
    this.show(h("h3", {}, t("This would go")), lines, h("div", { class: "eb-priv-buttons" }, button, cancel));
  }

  /** The second step: a mistaken press of one button forgets nothing. @param {Chosen} chosen @param {ForgetPreview} found @param {Node} lines */
  sure(chosen, found, lines) {
    const button = h("button", { type: "button", class: "eb-priv-danger", onclick: () => this.go(chosen, found) },
      t("Yes, forget it for good"));
    const cancel = h("button", { type: "button", class: "eb-priv-quiet", onclick: () => this.show() }, t("Keep it"));
    this.show(h("h3", {}, t("This cannot be undone.")), lines, h("div", { class: "eb-priv-buttons" }, button, cancel));
    cancel.focus();
  }

  /** @param {Chosen} chosen @param {ForgetPreview} found */
  async go(chosen, found) {
    const doing = h("p", { class: "eb-quiet" }, t("Forgetting …"));
    this.show(doing);
    /** @type {Record<string, string>} */
    const words = {
      files: t("Cutting files … this may take some minutes."),
      summaries: t("Writing summaries anew …"),
      traces: t("Removing the last traces …"),
    };
    const watch = setInterval(async () => {
      const now = await json("/api/privacy").catch(() => this.about);
      if (words[now.doing]) doing.textContent = words[now.doing];
    }, 1500);
    try {
      const done = await post("/api/privacy/forget", { ...chosen, clips: found.clips });
      this.show(h("h3", {}, done.failed ? t("Not everything could be forgotten") : t("Forgotten")), list(done.lines));
      document.dispatchEvent(new CustomEvent("eb-forgotten"));
      this.outcome.focus();
    } catch (error) {
      this.complain(error);
    } finally {
      clearInterval(watch);
      this.tell();
    }
  }

  /** @param {...Node} nodes */
  show(...nodes) {
    this.outcome.replaceChildren(...nodes);
  }

  /** @param {unknown} error */
  complain(error) {
    this.show(h("p", { class: "eb-priv-trouble", role: "alert" }, messageOf(error)));
  }

  // Rules

  rules() {
    const told = h("div", { role: "status" }, this.about.due.length ? list(this.about.due) : "");
    /** @type {Record<string, number>} */
    const chosen = this.about.rules;
    const inputs = Object.entries(this.about.about).map(([name, words]) => {
      const id = `eb-priv-${name}`;
      return h("p", {}, h("label", { for: id }, words),
        h("span", {}, h("input", { id, name, type: "number", min: 0, max: 36500, inputmode: "numeric", placeholder: t("never"), value: chosen[name] ?? "" }),
          " ", t("days")));
    });
    /** @param {SubmitEvent & { currentTarget: HTMLFormElement }} event */
    const keep = async (event) => {
      event.preventDefault();
      const given = new FormData(event.currentTarget);
      const rules = Object.fromEntries([...given].map(([name, value]) => [name, Number(value) || 0]));
      try {
        const found = await post("/api/privacy/rules", rules);
        told.replaceChildren(h("p", {}, t("Kept. At the next daily run:")), list(found.lines));
        this.tell();
      } catch (error) {
        told.replaceChildren(h("p", { class: "eb-priv-trouble", role: "alert" }, messageOf(error)));
      }
    };
    return h("section", { class: "eb-priv-card" }, h("h2", {}, t("How long things are kept")),
      h("p", { class: "eb-facts" }, t("Empty means for ever. Rules are seen to once a day while EgoButler runs; files that lie elsewhere are never touched.")),
      h("form", { class: "eb-priv-rules", onsubmit: keep }, ...inputs, h("button", { class: "eb-priv-look" }, t("Keep these rules"))), told);
  }

  // Proof and log

  proof() {
    const told = h("div", { role: "status" });
    /** @param {SubmitEvent & { currentTarget: HTMLFormElement }} event */
    const check = async (event) => {
      event.preventDefault();
      told.replaceChildren(h("p", { class: "eb-quiet" }, t("Searching every byte …")));
      try {
        const found = await post("/api/privacy/proof", { phrase: new FormData(event.currentTarget).get("phrase") });
        told.replaceChildren(h("h3", {}, found.clean ? t("Nothing found") : t("Found")), list(found.lines));
      } catch (error) {
        told.replaceChildren(h("p", { class: "eb-priv-trouble", role: "alert" }, messageOf(error)));
      }
    };
    return h("section", { class: "eb-priv-card" }, h("h2", {}, t("Is it really gone?")),
      h("form", { class: "eb-priv-form", onsubmit: check },
        h("p", {}, h("label", { for: "eb-priv-phrase" }, t("A word that was said, read or seen then")),
          h("input", { id: "eb-priv-phrase", name: "phrase", type: "text", maxlength: 200, autocomplete: "off" })),
        h("button", { class: "eb-priv-look" }, t("Search everything"))), told);
  }

  deeds() {
    return h("section", { class: "eb-priv-card" }, h("h2", {}, t("What was done")),
      h("p", { class: "eb-facts" }, t("Deeds only, never what they were about.")), this.log);
  }

  async tell() {
    const found = await json("/api/privacy/log?limit=20").catch(() => []);
    const rows = found.map((deed) => h("li", {},
      h("span", { class: "eb-facts" }, deed.when), " ", h("strong", {}, deed.what), " ", deed.detail, " ",
      h("span", { class: "eb-facts" }, deed.who)));
    this.log.replaceChildren(...(rows.length ? rows : [h("li", { class: "eb-facts" }, t("Nothing yet."))]));
  }
}

/** @param {string[]} lines */
function list(lines) {
  return h("ul", { class: "eb-priv-lines" }, ...lines.map((line) => h("li", {}, line)));
}

/** @param {HTMLElement} element */
export function mount(element) {
  pick(element, ".eb-priv").setAttribute("aria-label", t("Privacy"));
  new Privacy(element);
}
