// Brings the kept libraries of the pages to static/vendor: run it with `npm run vendor` after `npm ci`,
// which compares what it fetches with the hashes of package-lock.json. What lies there is served as it
// is; vendor.json says what it is, under which licence, and by which SHA-256 it is known.

import { buildSync } from "esbuild";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Package, the modules of it that are brought as one file, and the licences of it and of what is bundled in it. */
const LIBRARIES = [{
  name: "media-chrome",
  file: "media-chrome.min.js",
  modules: ["lang/zh-CN", "media-controller", "media-control-bar", "media-loading-indicator", "media-play-button", "media-seek-backward-button",
    "media-seek-forward-button", "media-time-display", "media-time-range", "media-mute-button", "media-volume-range", "media-captions-button",
    "media-pip-button", "media-fullscreen-button"],
  terms: ["media-chrome/LICENSE"],
}, {
  name: "tus-js-client",
  file: "tus.min.js",
  modules: ["dist/tus.min.js"],
  terms: ["tus-js-client/LICENSE", "js-base64/LICENSE.md", "url-parse/LICENSE", "querystringify/LICENSE", "requires-port/LICENSE"],
}];

const modules = new URL("../../node_modules/", import.meta.url);
const vendor = new URL("./static/vendor/", import.meta.url);
mkdirSync(vendor, { recursive: true });

const about = LIBRARIES.map(({ name, file, modules: parts, terms }) => {
  const from = new URL(`${name}/`, modules);
  const { version, license: licence, repository } = JSON.parse(readFileSync(new URL("package.json", from), "utf-8"));
  if (parts.length === 1) copyFileSync(new URL(parts[0], from), new URL(file, vendor));
  else bundle(parts.map((part) => `import "${name}/${part}";`).join("\n"), new URL(file, vendor));
  const licences = terms.map((path) => `${path}\n\n${readFileSync(new URL(path, modules), "utf-8").trim()}\n`);
  writeFileSync(new URL(`${file}.LICENSE.txt`, vendor), licences.join("\n\n"));
  const sha256 = createHash("sha256").update(readFileSync(new URL(file, vendor))).digest("hex");
  return { name, version, licence, source: repository.url, file, sha256 };
});
writeFileSync(new URL("vendor.json", vendor), `${JSON.stringify(about, null, 2)}\n`);
console.log(`${about.length} in ${fileURLToPath(vendor)}`);

/** Several modules as one, in their order. @param {string} contents @param {URL} file */
function bundle(contents, file) {
  buildSync({ stdin: { contents, resolveDir: fileURLToPath(modules) }, bundle: true, minify: true, format: "esm", target: "es2022", outfile: fileURLToPath(file) });
}
