// The charts of a range of days: what was recorded, with whom, doing what, where and when.

import { bars, heat, table } from "./habits_draw.js";
import { MomentList } from "./habits_moments.js";
import { h, json, messageOf, pick } from "./dom.js";
import { toPerson, way } from "./ways.js";
import { t } from "./words.js";

/** @import { ChartKind, ChartRow, HabitsReply } from "./types.d.ts" */

const RANGES = () => [["week", t("This week")], ["month", t("This month")], ["all", t("All time")], ["custom", t("Other days")]];
const TITLES = () => ({
  recorded: [t("Recorded"), t("How long the camera ran.")],
  talk: [t("Talk"), t("How long people spoke, you among them.")],
  people: [t("Time with people"), t("How long each was seen or heard.")],
  activities: [t("What you did"), t("How often it was told or seen.")],
  places: [t("Places"), t("How often you were there.")],
});
/** @type {ChartKind[]} */
const SMALL = ["people", "activities", "places"]; // charts with a row for each thing
/** @type {ChartKind[]} */
const KINDS = ["recorded", "talk", ...SMALL];

/** Shows the moments behind a bar. @typedef {(of: ChartKind, what: string, place: Record<string, number>, title: string) => unknown} Open */

class Charts {
  constructor() {
    this.range = "";
    this.asTable = false;
    this.heatOf = "recorded|";
    this.turn = 0;
    this.drawn = "";
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

  /** @param {string} label */
  date(label) {
    return h("input", { type: "date", required: true, "aria-label": label, min: "1900-01-01", max: "2200-12-31" });
  }

  /** @param {string} name */
  choose(name) {
    this.range = name;
    this.custom.hidden = name !== "custom";
    this.mark(name);
    if (name === "custom") this.from.focus();
    else this.refresh();
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    this.refresh();
  }

  /** @param {string} name */
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
    const turn = ++this.turn;
    try {
      const found = await json(`/api/habits?${asked}`);
      if (turn !== this.turn) return; // another range was chosen meanwhile
      const text = JSON.stringify(found);
      if (text === this.drawn) return;
      this.drawn = text;
      this.draw(found);
    } catch (error) {
      if (turn !== this.turn) return;
      this.drawn = "";
      this.body.replaceChildren(h("p", { class: "eb-quiet", role: "alert" }, t("The charts cannot be shown: {why}", { why: messageOf(error) })));
    }
  }

  /** @param {HabitsReply} found */
  draw(found) {
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
    /** @type {Open} */
    const open = (of, what, place, title) => list.show({ of, what, ...place }, title);
    this.body.replaceChildren(
      h("div", { class: "eb-chart-head" },
        h("p", { class: "eb-facts" }, found.coverage, found.waiting ? ` ${found.waiting}` : ""),
        h("button", { type: "button", class: "eb-link", "aria-pressed": String(this.asTable), onclick: () => { this.asTable = !this.asTable; this.draw(found); } },
          this.asTable ? t("Show as charts") : t("Show as tables"))),
      list.element,
      this.chart("recorded", found, open),
      this.chart("talk", found, open),
      this.week(found, open),
      ...SMALL.map((of) => this.chart(of, found, open)),
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

  /** @param {ChartKind} of @param {HabitsReply} found @param {Open} open */
  chart(of, found, open) {
    const [title, about] = TITLES()[of];
    const rows = found.charts[of];
    const others = found.others[of];
    return h("section", { class: "eb-chart", "data-chart": of, "aria-label": title },
      h("h2", {}, title),
      h("p", { class: "eb-facts" }, about),
      ...(rows.length ? this.rows(of, found, open) : [h("p", { class: "eb-quiet" }, nothingOf(of))]),
      others ? h("p", { class: "eb-facts" }, t("… and {n} more that came up less.", { n: others })) : null);
  }

  /** @param {ChartKind} of @param {HabitsReply} found @param {Open} open */
  rows(of, { charts, periods }, open) {
    const rows = charts[of];
    if (this.asTable) return [table(TITLES()[of][0], periods, rows)];
    const most = Math.max(...rows.flatMap((row) => row.bars.map(([value]) => value)));
    return rows.map((row) => bars(periods, row, most, SMALL.includes(of), (period, title) => open(of, row.what, { period }, title), of === "people" ? somebody : null));
  }

  /** The heat map of weekdays and hours, of anything that was counted. @param {HabitsReply} found @param {Open} open */
  week(found, open) {
    const titles = TITLES();
    const kinds = KINDS.flatMap((of) => found.charts[of].map((row) =>
      ({ key: `${of}|${row.what}`, title: row.label ? `${titles[of][0]}: ${row.label}` : titles[of][0], of, row })));
    const chosen = kinds.find(({ key }) => key === this.heatOf) ?? kinds[0];
    if (!chosen) return "";
    const { title, of, row } = chosen;
    const select = h("select", { "aria-label": t("What the map shows"), onchange: (event) => {
      this.heatOf = event.currentTarget.value;
      this.draw(found);
      pick(this.body, ".eb-heat-of").focus();
    }, class: "eb-heat-of" }, ...kinds.map((kind) => h("option", { value: kind.key, selected: kind === chosen }, kind.title)));
    return h("section", { class: "eb-chart", "data-chart": "heat", "aria-label": t("Hours of the week") },
      h("h2", {}, t("Hours of the week")), h("p", { class: "eb-facts" }, t("When in the week it was. Press an hour to see its moments.")), select,
      heat(title, row, this.asTable, (weekday, hour, words) => open(of, row.what, { weekday, hour }, words)));
  }
}

/** @param {ChartRow} row */
function somebody({ label }) {
  return way(label, () => toPerson(label), t("About {name}", { name: label }));
}

/** @param {ChartKind} of */
function nothingOf(of) {
  return {
    recorded: t("Nothing was recorded in this time."),
    talk: t("Nobody was heard in this time."),
    people: t("Nobody was recognised in this time. People are found by their faces and voices; name them on the People page."),
    activities: t("No activity was told or seen in this time."),
    places: t("No place was named in this time."),
  }[of];
}

export function chartsView() {
  return new Charts();
}
