// What tus.min.js puts into the window, as its package describes it.
declare global {
  var tus: typeof import("tus-js-client");
}
export {};
