// Large type, and light or dark: how the pages look is kept by this browser, and nobody else knows.

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** Large type, and which of "light", "dark" or "", as the device is. @returns {[boolean, string]} */
export const chosen = () => [localStorage.getItem("eb-large") === "1", localStorage.getItem("eb-theme") ?? ""];

/** Looks as was chosen, whatever Gradio makes of the device. */
function look() {
  const [large, theme] = chosen();
  document.documentElement.classList.toggle("eb-large", large);
  document.body.classList.toggle("dark", theme ? theme === "dark" : dark.matches);
}

/** @param {"large" | "theme"} name @param {boolean | string} value */
export function keep(name, value) {
  localStorage.setItem(`eb-${name}`, typeof value === "boolean" ? String(Number(value)) : value);
  look();
}

look();
new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });
