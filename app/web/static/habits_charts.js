// The charts of a range of days: what was recorded, with whom, doing what, where and when.

import { bars, heat, table } from "./habits_draw.js";
import { MomentList } from "./habits_moments.js";
import { h, json } from "./dom.js";
import { toPerson, way } from "./ways.js";
import { t } from "./words.js";

const RANGES = () => [["week", t("This week")], ["month", t("This month")], ["all", t("All time")], ["custom", t("Other days")]];
const TITLES = () => ({
  recorded: [t("Recorded"), t("How long the camera ran.")],
  talk: [t("Talk"), t("How long people spoke, you among them.")],
  people: [t("Time with people"), t("How long each was seen or heard.")],
  activities: [t("What you did"), t("How often it was told or seen.")],
  places: [t("Places"), t("How often you were there.")],
});
const SMALL = ["people", "activities", "places"]; // charts with a row for each thing

class Charts {
  constructor() {
    this.range = "";
    this.asTable = false;
    this.heatOf = "recorded|";
    this.body = h("div", { class: "eb-charts", "aria-live": "polite" }, h("p", { class: "eb-quiet" }, t("Counting …")));
    this.buttons = RANGES().map(([name, words]) =>
      h("button", { type: "button", class: "eb-choice", "data-range": name, onclick: () => this.choose(name) }, words));
    this.from = this.date(t("From"));
    this.to = this.date(t("To"));
    this.custom = h("form", { class: "eb-days-form", hidden: true, onsubmit: (event) => this.submit(event) },
      h("label", {}, t("From"), this.from), h("label", {}, t("To"), this.to),
      h("button", { type: "submit", class: "eb-choice" }, t("Show")));
    this.element = h("div", {},
      h("div", { class: "eb-switch", role: "group", "aria-label": t("Time") }, ...this.buttons), this.custom, this.body);
  }

  date(label) {
    return h("input", { type: "date", required: true, "aria-label": label, min: "1900-01-01", max: "2200-12-31" });
  }

  choose(name) {
    this.range = name;
    this.custom.hidden = name !== "custom";
    this.mark(name);
    if (name === "custom") this.from.focus();
    else this.refresh();
  }

  submit(event) {
    event.preventDefault();
    this.refresh();
  }

  mark(name) {
    for (const one of this.buttons) one.setAttribute("aria-pressed", String(one.dataset.range === name));
  }

  async refresh() {
    const asked = new URLSearchParams({ range: this.range });
    if (this.range === "custom") {
      if (!this.from.value || !this.to.value) return;
      asked.set("from", this.from.value);
      asked.set("to", this.to.value);
    }
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const found = await json(`/api/habits?${asked}`);
      if (turn !== this.turn) return; // another range was chosen meanwhile
      const text = JSON.stringify(found);
      if (text === this.drawn) return;
      this.drawn = text;
      this.found = found;
      this.draw();
    } catch (error) {
      if (turn !== this.turn) return;
      this.drawn = "";
      this.body.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, t("The charts cannot be shown: {why}", { why: error.message })));
    }
  }

  draw() {
    const { found } = this;
    this.range ||= found.range;
    this.mark(this.range);
    if (this.range !== "custom") {
      this.from.value = found.from;
      this.to.value = found.to;
    }
    if (!found.recorded) {
      this.body.replaceChildren(this.nothing());
      return;
    }
    const list = new MomentList(found);
    const open = (of, what, place, title) => list.show({ of, what, ...place }, title);
    this.body.replaceChildren(
      h("div", { class: "eb-chart-head" },
        h("p", { class: "eb-facts" }, found.coverage, found.waiting ? ` ${found.waiting}` : ""),
        h("button", { type: "button", class: "eb-link", "aria-pressed": String(this.asTable), onclick: () => { this.asTable = !this.asTable; this.draw(); } },
          this.asTable ? t("Show as charts") : t("Show as tables"))),
      list.element,
      ...["recorded", "talk"].map((of) => this.chart(of, open)),
      this.week(open),
      ...SMALL.map((of) => this.chart(of, open)),
    );
  }

  nothing() {
    const add = h("a", { href: "#page=library" }, t("Open the Library"));
    const all = h("button", { type: "button", class: "eb-link", onclick: () => this.choose("all") }, t("Show all time"));
    return h("div", { class: "eb-nothing" },
      h("h2", {}, t("Nothing was recorded in this time")),
      h("p", {}, t("Charts grow out of your recordings: whom you met, what you did, where and when.")),
      h("p", {}, this.range === "all" ? add : all));
  }

  chart(of, open) {
    const [title, about] = TITLES()[of];
    const rows = this.found.charts[of];
    const others = this.found.others[of];
    return h("section", { class: "eb-chart", "data-chart": of, "aria-label": title },
      h("h2", {}, title),
      h("p", { class: "eb-facts" }, about),
      ...(rows.length ? this.rows(of, rows, open) : [h("p", { class: "eb-quiet" }, nothingOf(of))]),
      others ? h("p", { class: "eb-facts" }, t("… and {n} more that came up less.", { n: others })) : null);
  }

  rows(of, rows, open) {
    if (this.asTable) return [table(TITLES()[of][0], this.found.periods, rows)];
    const most = Math.max(...rows.flatMap((row) => row.bars.map(([value]) => value)));
    return rows.map((row) => bars(this.found.periods, row, most, SMALL.includes(of), (period, title) => open(of, row.what, { period }, title), of === "people" ? somebody : null));
  }

  /** The heat map of weekdays and hours, of anything that was counted. */
  week(open) {
    const found = this.found;
    const kinds = Object.entries(TITLES()).flatMap(([of, [title]]) =>
      found.charts[of].map((row) => [`${of}|${row.what}`, row.label ? `${title}: ${row.label}` : title, of, row]));
    const chosen = kinds.find(([key]) => key === this.heatOf) ?? kinds[0];
    if (!chosen) return "";
    const [key, title, of, row] = chosen;
    const select = h("select", { "aria-label": t("What the map shows"), onchange: (event) => {
      this.heatOf = event.target.value;
      this.draw();
      this.body.querySelector(".eb-heat-of")?.focus();
    }, class: "eb-heat-of" }, ...kinds.map(([value, words]) => h("option", { value, selected: value === key }, words)));
    return h("section", { class: "eb-chart", "data-chart": "heat", "aria-label": t("Hours of the week") },
      h("h2", {}, t("Hours of the week")), h("p", { class: "eb-facts" }, t("When in the week it was. Press an hour to see its moments.")), select,
      heat(title, row, this.asTable, (weekday, hour, words) => open(of, row.what, { weekday, hour }, words)));
  }
}

function somebody({ label }) {
  return way(label, () => toPerson(label), t("About {name}", { name: label }));
}

function nothingOf(of) {
  return {
    talk: t("Nobody was heard in this time."),
    people: t("Nobody was recognised in this time. People are found by their faces and voices; name them on the People page."),
    activities: t("No activity was told or seen in this time."),
    places: t("No place was named in this time."),
  }[of] ?? t("Nothing was recorded in this time.");
}

export function chartsView() {
  return new Charts();
}
