// The rules for the web app's scripts and their tests: `make check` runs them.

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/*", "!app", "!app/web", "!app/web/vendor.js", "!app/web/static/**", "app/web/static/vendor", "!tests", "!tests/web", "!tests/web/**", "!eslint.config.js"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-var": "error",
      "prefer-const": "error",
      "object-shorthand": "error",
      "no-implicit-coercion": "error",
      "no-unused-expressions": ["error", { allowShortCircuit: false }],
      "no-shadow": "error",
      "no-throw-literal": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": ["error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property, message: "Text only ever becomes text nodes." }))],
      "array-callback-return": "error",
      "no-self-compare": "error",
      "no-unmodified-loop-condition": "error",
      "require-atomic-updates": "off",
    },
  },
  { files: ["app/web/static/**"], languageOptions: { globals: globals.browser } },
  { files: ["tests/web/**", "app/web/vendor.js", "eslint.config.js"], languageOptions: { globals: { ...globals.node, document: "readonly", location: "readonly" } } },
];
