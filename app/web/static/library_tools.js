// The tools of the library: folders that are watched, and the clocks of devices.

import { h, json, messageOf, post } from "./dom.js";
import { askForClock } from "./library_dialogs.js";
import { t } from "./words.js";

/** @import { Device, Redated, WatchedFolder } from "./types.d.ts" */

export class Tools {
  /** `place` holds them; `changed` is called when recordings moved in time. @param {HTMLElement} place @param {() => unknown} changed */
  constructor(place, changed) {
    this.changed = changed;
    this.folders = h("ul", { class: "eb-plain" });
    this.devices = h("ul", { class: "eb-plain" });
    this.told = h("p", { class: "eb-set-told", role: "status" });
    this.path = h("input", { type: "text", required: true, maxlength: 4096, autocomplete: "off", spellcheck: "false", placeholder: "/home/ada/Videos", "aria-label": t("Folder on this computer") });
    this.copy = h("input", { type: "checkbox" });
    this.trouble = h("p", { class: "eb-set-told eb-trouble-words", role: "alert" });
    this.drawnFolders = "";
    this.drawnDevices = "";
    place.replaceChildren(
      h("details", { class: "eb-tool" }, h("summary", {}, t("Watched folders")),
        h("p", { class: "eb-facts" }, t("What comes into these folders is remembered by itself while EgoButler runs. The files stay where they are.")),
        this.folders, this.form()),
      h("details", { class: "eb-tool" }, h("summary", {}, t("Clocks of your cameras")),
        h("p", { class: "eb-facts" }, t("If a camera's clock was wrong, set it right here once, and all that it filmed moves along.")),
        this.devices, this.told));
    for (const one of place.querySelectorAll("details")) one.addEventListener("toggle", () => one.open && this.refresh());
    this.place = place;
  }

  form() {
    return h("form", { class: "eb-watch-form", onsubmit: (event) => this.add(event) },
      this.path, h("label", { class: "eb-set-box" }, this.copy, h("span", {}, t("Keep a copy of each file in the library"))),
      h("button", { type: "submit", class: "eb-choice" }, t("Watch this folder")), this.trouble);
  }

  async refresh() {
    const [folders, devices] = this.place.querySelectorAll("details");
    try {
      if (folders.open) this.showFolders(await json("/api/library/folders"));
      if (devices.open) this.showDevices(await json("/api/library/devices"));
    } catch (error) {
      this.trouble.textContent = messageOf(error);
    }
  }

  /** @param {Event} event */
  async add(event) {
    event.preventDefault();
    this.trouble.textContent = "";
    try {
      this.showFolders(await post("/api/library/folders", { path: this.path.value, copy_files: this.copy.checked }));
      this.path.value = "";
    } catch (error) {
      this.trouble.textContent = messageOf(error);
    }
  }

  /** @param {{ folders: WatchedFolder[] }} reply */
  showFolders({ folders }) {
    const text = JSON.stringify(folders);
    if (text === this.drawnFolders) return;
    this.drawnFolders = text;
    this.folders.replaceChildren(...folders.map((one) => this.folder(one)));
    if (!folders.length) this.folders.replaceChildren(h("li", { class: "eb-facts" }, t("No folder is watched yet.")));
  }

  /** @param {WatchedFolder} one */
  folder(one) {
    const remove = async () => {
      try {
        this.showFolders(await post("/api/library/folders/remove", { path: one.path }));
      } catch (error) {
        this.trouble.textContent = messageOf(error);
      }
    };
    const words = [one.words, one.copy ? t("copies are kept") : ""].filter(Boolean).join(" · ");
    return h("li", {}, h("div", {}, h("strong", {}, one.name), h("p", { class: one.there ? "eb-facts" : "eb-facts eb-low" }, words),
      one.trouble ? h("p", { class: "eb-low" }, one.trouble) : null),
    h("button", { type: "button", class: "eb-choice", "aria-label": t("Watch {name} no more", { name: one.name }), onclick: remove }, t("Remove")));
  }

  /** @param {{ devices: Device[] }} reply */
  showDevices({ devices }) {
    const text = JSON.stringify(devices);
    if (text === this.drawnDevices) return;
    this.drawnDevices = text;
    this.devices.replaceChildren(...devices.map((one) => this.device(one)));
    if (!devices.length) this.devices.replaceChildren(h("li", { class: "eb-facts" }, t("No camera has filmed anything yet.")));
  }

  /** @param {Device} one */
  device(one) {
    /** @param {Redated} found */
    const done = (found) => this.moved(found);
    const undo = () => post("/api/library/clock", { device: one.device, seconds: one.before }).then(done).catch((error) => { this.told.textContent = messageOf(error); });
    const words = [one.words, one.correction].filter(Boolean).join(" · ");
    return h("li", {}, h("div", {}, h("strong", {}, one.name), h("p", { class: "eb-facts" }, words),
      one.device ? null : h("p", { class: "eb-facts" }, t("Set the time of each of these at its card above."))),
    one.device ? h("span", { class: "eb-buttons" },
      one.before !== null && one.before !== one.offset ? h("button", { type: "button", class: "eb-choice", "aria-label": t("Undo the last correction of {name}", { name: one.name }), onclick: undo }, t("Undo")) : "",
      h("button", { type: "button", class: "eb-choice", "aria-label": t("Set the clock of {name}", { name: one.name }), onclick: () => askForClock(one, done) }, t("Set the clock"))) : "");
  }

  /** @param {Redated} found */
  async moved(found) {
    this.told.textContent = found.words;
    await this.refresh();
    this.changed();
  }
}
