// "Keep it safe": an encrypted backup, everything in open formats, and how to get it back.

import { h, json, pick, post } from "./dom.js";
import { sizeWords } from "./format.js";
import { failureWords, t } from "./words.js";

/** The section; `done` is called after something was made. @param {() => unknown} done */
export function keepSection(done) {
  const last = h("p", { class: "eb-priv-last", role: "status" }, "");
  const tell = async () => { last.textContent = (await json("/api/backup").catch(() => ({ words: "" }))).words; };
  const made = () => { tell(); done(); };
  tell();
  return h("section", { class: "eb-priv-card", "aria-label": t("Keep it safe") }, h("h2", {}, t("Keep it safe")),
    h("p", { class: "eb-facts" }, t("A disk can break. Keep a copy on another one: a stick in a drawer will do.")),
    last, backup(made), exporting(made), restoring());
}

/** @param {() => unknown} made */
function backup(made) {
  /** @param {string} id @param {string} name @param {string} words */
  const secret = (id, name, words) => [h("label", { for: id }, words),
    h("input", { id, name, type: "password", required: true, minlength: 8, maxlength: 1000, autocomplete: "new-password" })];
  const told = h("div", { class: "eb-priv-outcome", role: "status" });
  /** @param {SubmitEvent & { currentTarget: HTMLFormElement }} event */
  const send = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    if (given.get("first") !== given.get("second")) return trouble(told, t("The two passphrases differ. Type them again."));
    const wanted = { passphrase: given.get("first"), originals: given.get("originals") === "on", later: true };
    if (await make(form, told, "/api/backup", wanted, made)) form.reset();
  };
  return h("form", { class: "eb-priv-form", onsubmit: send },
    h("h3", {}, t("Back up now")),
    h("p", {}, ...secret("eb-keep-first", "first", t("Passphrase"))),
    h("p", {}, ...secret("eb-keep-second", "second", t("The same passphrase again"))),
    h("p", { class: "eb-facts" }, t("The backup is encrypted with it. Write it down: without it nobody, not even you, can open the backup.")),
    check("originals", t("Include the recordings that are kept in the library, which may be very large")),
    h("button", { class: "eb-priv-look" }, t("Back up now")), told);
}

/** @param {() => unknown} made */
function exporting(made) {
  const told = h("div", { class: "eb-priv-outcome", role: "status" });
  /** @param {SubmitEvent & { currentTarget: HTMLFormElement }} event */
  const send = (event) => {
    event.preventDefault();
    const originals = new FormData(event.currentTarget).get("originals") === "on";
    make(event.currentTarget, told, "/api/export", { originals, later: true }, made);
  };
  return h("form", { class: "eb-priv-form", onsubmit: send },
    h("h3", {}, t("Export everything")),
    h("p", { class: "eb-facts" }, t("A ZIP file in open formats that other programs can read. It is not encrypted: keep it where only you can get at it.")),
    check("originals", t("Include all recordings, wherever they lie")),
    h("button", { class: "eb-priv-quiet" }, t("Export everything")), told);
}

function restoring() {
  /** @param {string} words @param {string} command */
  const line = (words, command) => [h("p", {}, words), h("pre", { class: "eb-priv-command", tabindex: "0" }, command)];
  return h("details", {}, h("summary", {}, t("How to get it back")),
    h("p", {}, t("End EgoButler, open a terminal on this computer or on another, and give one of these commands.")),
    ...line(t("A backup, in place of what is here now:"), "egobutler restore egobutler-20260302T031500Z.backup.tar --replace"),
    ...line(t("A backup, into a folder of its own:"), "egobutler restore egobutler-20260302T031500Z.backup.tar --home ~/restored"),
    ...line(t("An export, into an empty library:"), "egobutler import egobutler-20260302.zip --home ~/new-home"));
}

/** @param {string} name @param {string} words */
const check = (name, words) => h("label", { class: "eb-priv-check" }, h("input", { type: "checkbox", name }), h("span", {}, words));

/**
 * Has a file made and hands it to the browser. Returns whether that went well.
 * @param {HTMLFormElement} form @param {HTMLElement} told @param {"/api/backup" | "/api/export"} address @param {unknown} wanted @param {() => unknown} made
 */
async function make(form, told, address, wanted, made) {
  const button = pick(form, "button", HTMLButtonElement);
  const since = Date.now();
  const words = h("p", {}, "");
  const count = () => { words.textContent = t("Gathering and checking everything … {n} s. You may look at other pages meanwhile.", { n: Math.round((Date.now() - since) / 1000) }); };
  const timer = setInterval(count, 1000);
  count();
  told.replaceChildren(words, h("progress", { "aria-label": t("Gathering and checking everything …") }));
  button.disabled = true;
  try {
    const file = await post(address, wanted);
    const link = h("a", { href: file.address, download: file.name });
    document.body.append(link);
    link.click();
    link.remove();
    told.replaceChildren(h("p", {}, h("strong", {}, t("It is in your downloads: {name} ({size}).", { name: file.name, size: sizeWords(file.bytes) }))),
      h("p", {}, t("Move it to another disk.")));
    if (file.trouble) told.append(h("p", { class: "eb-priv-trouble", role: "alert" }, file.trouble), h("ul", {}, ...file.trouble_lines.map((line) => h("li", {}, line))));
    made();
    return true;
  } catch (error) {
    trouble(told, failureWords(error));
    return false;
  } finally {
    clearInterval(timer);
    button.disabled = false;
  }
}

/** @param {HTMLElement} told @param {string} words */
function trouble(told, words) {
  told.replaceChildren(h("p", { class: "eb-priv-trouble", role: "alert" }, words));
}
