// Privacy: forget a time, a person or a place and see that it is gone; rules, and what was done.

import { h, json, post, whileShown, wishes } from "./dom.js";
import { keepSection } from "./privacy_keep.js";
import { t } from "./words.js";

class Privacy {
  constructor(element) {
    this.place = element.querySelector(".eb-priv-body");
    this.kind = "span";
    this.again = whileShown(element, () => this.refresh(), () => 30_000);
  }

  async refresh() {
    if (this.drawn && !wishes.forget) return this.tell();
    try {
      this.about = await json("/api/privacy");
    } catch (error) {
      this.place.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, error.message));
      return;
    }
    this.drawn = true;
    this.log = h("ol", { class: "eb-priv-log" });
    this.place.replaceChildren(this.promise(), this.pause(), this.forget(), this.rules(),
      keepSection(() => this.tell()), this.proof(), this.deeds());
    if (wishes.forget) this.prepare();
    await this.tell();
  }

  /** What another page would have forgotten, filled in; nothing is done before it is confirmed. */
  prepare() {
    const { kind, day, name, moments, start, end, only } = wishes.forget;
    delete wishes.forget;
    this.choose(kind, only);
    this.form.querySelector(`[name="eb-priv-kind"][value="${kind}"]`).checked = true;
    const set = (field, value) => { this.form.elements[field].value = value; };
    if (day) set("day", day);
    if (name) set("name", name);
    if (moments) this.form.elements.moments.checked = true;
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
    const kinds = {
      span: t("A time"), day: t("A whole day"), person: t("A person"), place: t("A place"), recording: t("A recording"),
    };
    const fields = h("div", { class: "eb-priv-fields" });
    this.outcome = h("div", { class: "eb-priv-outcome", role: "status", tabindex: "-1" });
    const choose = this.choose = (kind, only = null) => {
      this.exact = null;
      this.only = only;
      this.kind = kind;
      this.outcome.replaceChildren();
      fields.replaceChildren(...this.fields(kind));
    };
    const radios = Object.entries(kinds).map(([kind, words]) =>
      h("label", { class: "eb-priv-kind" },
        h("input", { type: "radio", name: "eb-priv-kind", value: kind, checked: kind === this.kind, onchange: () => choose(kind) }),
        h("span", {}, words)));
    this.form = h("form", { class: "eb-priv-form", onsubmit: (event) => { event.preventDefault(); this.look(); } },
      h("fieldset", {}, h("legend", {}, t("What should be forgotten?")), h("div", { class: "eb-priv-kinds" }, ...radios)),
      fields,
      h("button", { class: "eb-priv-look" }, t("See what would go")));
    choose(this.kind);
    return h("section", { class: "eb-priv-card" }, h("h2", {}, t("Forget")), this.form, this.outcome);
  }

  fields(kind) {
    const last = this.about.days[this.about.days.length - 1] ?? "";
    const first = this.about.days[0] ?? "";
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

  chosen() {
    const given = new FormData(this.form);
    const on = (name) => given.get(name) === "on";
    const exact = this.exact?.as === JSON.stringify(this.named()) ? this.exact : null;
    const chosen = { kind: this.kind, name: given.get("name") ?? "", moments: on("moments"), originals: on("originals") };
    if (this.kind === "day") chosen.day = given.get("day");
    if (this.kind === "span" && exact) Object.assign(chosen, { start: exact.start, end: exact.end });
    else if (this.kind === "span") {
      chosen.begins = `${given.get("day")}T${given.get("from")}`;
      chosen.ends = `${this.overnight() ? nextDay(given.get("day")) : given.get("day")}T${given.get("until")}`;
    }
    if (on("only")) chosen.recording = this.only.id;
    return chosen;
  }

  /** Whether the time ends on the day after; one that ends when it begins is empty, not a day long. */
  overnight() {
    const { from, until } = this.form.elements;
    return this.kind === "span" && until.valueAsNumber < from.valueAsNumber;
  }

  /** The time as the fields name it: one that was not touched stays as exact as it was given. */
  named() {
    return ["day", "from", "until"].map((field) => this.form.elements[field]?.value);
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
    const late = t("It ends on the day after: until {time}.", { time: this.form.elements.until?.value });
    const lines = list(chosen.ends && this.overnight() ? [late, ...found.lines] : found.lines);
    if (found.nothing) return this.show(lines);
    const button = h("button", { type: "button", class: "eb-priv-danger", onclick: () => this.sure(chosen, found, lines) },
      t("Forget this"));
    const cancel = h("button", { type: "button", class: "eb-priv-quiet", onclick: () => this.show() }, t("Keep it"));
    this.show(h("h3", {}, t("This would go")), lines, h("div", { class: "eb-priv-buttons" }, button, cancel));
  }

  /** The second step: a mistaken press of one button forgets nothing. */
  sure(chosen, found, lines) {
    const button = h("button", { type: "button", class: "eb-priv-danger", onclick: () => this.go(chosen, found) },
      t("Yes, forget it for good"));
    const cancel = h("button", { type: "button", class: "eb-priv-quiet", onclick: () => this.show() }, t("Keep it"));
    this.show(h("h3", {}, t("This cannot be undone.")), lines, h("div", { class: "eb-priv-buttons" }, button, cancel));
    cancel.focus();
  }

  async go(chosen, found) {
    const doing = h("p", { class: "eb-quiet" }, t("Forgetting …"));
    this.show(doing);
    const words = {
      files: t("Cutting files … this may take some minutes."),
      summaries: t("Writing summaries anew …"),
      traces: t("Removing the last traces …"),
    };
    const watch = setInterval(async () => {
      const now = await json("/api/privacy").catch(() => ({}));
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

  show(...nodes) {
    this.outcome.replaceChildren(...nodes);
  }

  complain(error) {
    this.show(h("p", { class: "eb-priv-trouble", role: "alert" }, error.message));
  }

  // Rules

  rules() {
    const told = h("div", { role: "status" }, this.about.due.length ? list(this.about.due) : "");
    const inputs = Object.entries(this.about.about).map(([name, words]) => {
      const id = `eb-priv-${name}`;
      return h("p", {}, h("label", { for: id }, words),
        h("span", {}, h("input", { id, name, type: "number", min: 0, max: 36500, inputmode: "numeric", placeholder: t("never"), value: this.about.rules[name] ?? "" }),
          " ", t("days")));
    });
    const keep = async (event) => {
      event.preventDefault();
      const given = new FormData(event.target);
      const rules = Object.fromEntries([...given].map(([name, value]) => [name, Number(value) || 0]));
      try {
        const found = await post("/api/privacy/rules", rules);
        told.replaceChildren(h("p", {}, t("Kept. At the next daily run:")), list(found.lines));
        this.tell();
      } catch (error) {
        told.replaceChildren(h("p", { class: "eb-priv-trouble", role: "alert" }, error.message));
      }
    };
    return h("section", { class: "eb-priv-card" }, h("h2", {}, t("How long things are kept")),
      h("p", { class: "eb-facts" }, t("Empty means for ever. Rules are seen to once a day while EgoButler runs; files that lie elsewhere are never touched.")),
      h("form", { class: "eb-priv-rules", onsubmit: keep }, ...inputs, h("button", { class: "eb-priv-look" }, t("Keep these rules"))), told);
  }

  // Proof and log

  proof() {
    const told = h("div", { role: "status" });
    const check = async (event) => {
      event.preventDefault();
      told.replaceChildren(h("p", { class: "eb-quiet" }, t("Searching every byte …")));
      try {
        const found = await post("/api/privacy/proof", { phrase: new FormData(event.target).get("phrase") });
        told.replaceChildren(h("h3", {}, found.clean ? t("Nothing found") : t("Found")), list(found.lines));
      } catch (error) {
        told.replaceChildren(h("p", { class: "eb-priv-trouble", role: "alert" }, error.message));
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

function list(lines) {
  return h("ul", { class: "eb-priv-lines" }, ...lines.map((line) => h("li", {}, line)));
}

/** The day and the time on the clock of a zone, of seconds UTC. */
function clockOf(at, timezone) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: timezone.replace(/^UTC(?=[+-])/, ""), hourCycle: "h23",
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" })
    .formatToParts(new Date(at * 1000)).reduce((all, { type, value }) => ({ ...all, [type]: value }), {});
  return { day: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}:${parts.second}` };
}

/** The day after an ISO date: a time from 23:00 until 01:00 ends there. */
function nextDay(day) {
  const at = new Date(`${day}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() + 1);
  return at.toISOString().slice(0, 10);
}

export function mount(element) {
  element.querySelector(".eb-priv").setAttribute("aria-label", t("Privacy"));
  new Privacy(element);
}
