// Questions before something changes: deleting, and setting a time, each with what it would do.

import { focused, h, messageOf, pick, post } from "./dom.js";
import { t } from "./words.js";

/** @import { Device, LibraryEntry, RedatePreview, Redated, Removal } from "./types.d.ts" */

/**
 * A dialog over the page. `act` is the button that does it; it gives what was answered, or throws.
 * @param {string} title @param {Node} content @param {string} words @param {() => Promise<unknown>} act
 */
function dialog(title, content, words, act, danger = false) {
  const trouble = h("p", { class: "eb-set-told eb-trouble-words", role: "alert" });
  const from = focused();
  const go = h("button", { type: "submit", class: danger ? "eb-choice eb-danger" : "eb-choice eb-main" }, words);
  /** @type {HTMLDialogElement} */
  const box = h("dialog", { class: "eb-dialog", "aria-label": title, onclose: () => { box.remove(); from?.focus(); } });
  const close = () => box.close();
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    go.disabled = true;
    trouble.textContent = "";
    go.textContent = t("One moment …");
    try {
      if ((await act()) !== false) close();
    } catch (error) {
      trouble.textContent = messageOf(error);
    }
    go.disabled = false;
    go.textContent = words;
  };
  box.append(
    h("form", { onsubmit: submit }, h("h2", {}, title), content, trouble,
      h("div", { class: "eb-dialog-buttons" }, h("button", { type: "button", class: "eb-choice", onclick: close }, t("Cancel")), go)));
  pick(document, "#eb-library").append(box);
  box.showModal();
  return { go, trouble };
}

/** Says what would go, then deletes a recording or a file that became none. @param {LibraryEntry} entry @param {() => unknown} done */
export async function askToDelete(entry, done) {
  const what = entry.recording ? { recording: entry.recording } : { job: entry.job };
  const content = h("div", {}, h("p", { class: "eb-quiet" }, t("Looking what belongs to it …")));
  const { go, trouble } = dialog(t("Delete {name}?", { name: entry.name }), content, t("Delete for good"),
    () => post("/api/library/delete", what).then(gone), true);
  /** @param {Removal} removal */
  const gone = ({ left }) => {
    done();
    document.dispatchEvent(new CustomEvent("eb-forgotten"));
    if (!left.length) return true;
    content.replaceChildren(h("p", {}, t("It is forgotten, but not every file could be deleted:")),
      h("ul", { class: "eb-goes" }, ...left.map((words) => h("li", {}, words))));
    go.hidden = true;
    return false;
  };
  go.disabled = true;
  try {
    const { goes, stays } = await post("/api/library/delete/preview", what);
    content.replaceChildren(h("p", {}, t("This goes and cannot be brought back:")),
      h("ul", { class: "eb-goes" }, ...goes.map((words) => h("li", {}, words))), stays ? h("p", {}, stays) : "");
    go.disabled = false;
  } catch (error) {
    content.replaceChildren();
    trouble.textContent = messageOf(error);
  }
}

/** Moves one recording in time. @param {LibraryEntry} entry @param {(moved: Redated) => unknown} done */
export function askToShift(entry, done) {
  const about = t("{when} now. By how much was its clock off?", { when: entry.when ?? "" });
  askForTime(t("Set the time of {name}", { name: entry.name }), about, 0, { recording: entry.recording }, "/api/library/shift", done);
}

/** Dates a recording of which nothing tells when it was made. @param {LibraryEntry} entry @param {(moved: Redated) => unknown} done */
export function askForDate(entry, done) {
  const when = h("input", { type: "datetime-local", step: 1, required: true, min: "1990-01-01T00:00", "aria-label": t("When it began") });
  const about = t("Nothing tells when it was recorded, so it is shown when it was added. When did it begin?");
  const content = h("div", {}, h("p", {}, about), when);
  dialog(t("Set the date of {name}", { name: entry.name }), content, t("Set it"),
    () => post("/api/library/start", { recording: entry.recording, start: when.value }).then(done));
}

/** Corrects the clock of a device, for what is there and what will come. @param {Device} device @param {(moved: Redated) => unknown} done */
export function askForClock(device, done) {
  const about = t("By how much was this clock off? It counts for what is here and for what will come. 0 takes a correction back.");
  askForTime(t("Set the clock of {name}", { name: device.name }), about, device.offset, { device: device.device }, "/api/library/clock", done);
}

/**
 * Asks by how much time is to be moved, and shows what would move.
 * @param {string} title @param {string} about @param {number} offset @param {object} what
 * @param {"/api/library/shift" | "/api/library/clock"} address @param {(moved: Redated) => unknown} done
 */
function askForTime(title, about, offset, what, address, done) {
  const sign = h("select", { "aria-label": t("Direction") },
    h("option", { value: "1", selected: offset >= 0 }, t("It was slow: later by")), h("option", { value: "-1", selected: offset < 0 }, t("It was fast: earlier by")));
  const rest = Math.abs(Math.round(offset));
  /** @param {string} words @param {number} value @param {number} max */
  const number = (words, value, max) => h("input", { type: "number", min: 0, max, step: 1, value, "aria-label": words, inputmode: "numeric" });
  const fields = [
    { words: t("days"), field: number(t("days"), Math.floor(rest / 86400), 14600), unit: 86400 },
    { words: t("hours"), field: number(t("hours"), Math.floor(rest / 3600) % 24, 23), unit: 3600 },
    { words: t("minutes"), field: number(t("minutes"), Math.floor(rest / 60) % 60, 59), unit: 60 },
    { words: t("seconds"), field: number(t("seconds"), rest % 60, 59), unit: 1 },
  ];
  const seconds = () => Number(sign.value) * fields.reduce((sum, { field, unit }) => sum + unit * Number(field.value || 0), 0);
  const shown = h("div", { class: "eb-preview", role: "status" });
  const content = h("div", {}, h("p", {}, about), sign,
    h("div", { class: "eb-lengths" }, ...fields.map(({ field, words }) => h("label", {}, field, words))), shown);
  const { go, trouble } = dialog(title, content, t("Set it"), () => post(address, { ...what, seconds: seconds() }).then(done));
  let turn = 0;
  const look = async () => {
    const mine = ++turn;
    go.disabled = true;
    try {
      const found = await post(`${address}/preview`, { ...what, seconds: seconds() });
      if (mine !== turn) return;
      trouble.textContent = "";
      shown.replaceChildren(...preview(found));
      go.disabled = !found.count && seconds() !== 0;
    } catch (error) {
      if (mine !== turn) return;
      shown.replaceChildren();
      trouble.textContent = messageOf(error);
    }
  };
  content.addEventListener("input", look);
  look();
}

/** @param {RedatePreview} preview */
function preview({ count, hidden, moves, note }) {
  const words = count === 1 ? t("1 recording moves:") : t("{n} recordings move:", { n: count });
  if (!count) return [h("p", { class: "eb-facts" }, t("Nothing moves by that."), note ? ` ${note}` : "")];
  return [
    h("p", {}, words),
    h("div", { class: "eb-table", tabindex: "0", role: "region", "aria-label": words }, h("table", {},
      h("thead", {}, h("tr", {}, ...[t("Recording"), t("Before"), t("After")].map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...moves.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", { "data-head": t("Before") }, one.before), h("td", { "data-head": t("After") }, one.after)))))),
    hidden ? h("p", { class: "eb-facts" }, t("… and {n} more between these", { n: hidden })) : "",
    note ? h("p", { class: "eb-facts" }, note) : "",
  ].filter(Boolean);
}
