// How much room each kind of file takes, in words and as a table.

import { h } from "./dom.js";
import { t } from "./words.js";

/** @import { StorageReply } from "./types.d.ts" */

/** @param {StorageReply} storage */
export function storageTable(storage) {
  return [
    h("p", { class: storage.low ? "eb-storage eb-low" : "eb-storage" }, storage.words),
    storage.forecast ? h("p", { class: "eb-storage" }, storage.forecast) : "",
    storage.low ? h("p", { class: "eb-storage eb-low" }, t("Nothing more is taken in until there is room: delete recordings, or move the library to a larger disk.")) : "",
    storage.kinds.length ? h("div", { class: "eb-table", tabindex: "0", role: "region", "aria-label": t("Room on the disk") }, h("table", {}, h("tbody", {}, ...storage.kinds.map(({ words, size }) =>
      h("tr", {}, h("th", { scope: "row" }, words), h("td", {}, size)))))) : "",
  ].filter(Boolean);
}
