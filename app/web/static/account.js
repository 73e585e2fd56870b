// Who is signed in, at the top of every page, with the way out. Nothing where nobody has an account.

import { h, json } from "./dom.js";
import { t } from "./words.js";

async function show() {
  const found = await json("/api/account").catch(() => null);
  if (!found?.signed_in) return;
  for (let tries = 0; tries < 100; tries++) {
    const brand = document.querySelector(".eb-brand");
    if (brand) {
      const words = t("{name}: sign out", { name: found.account ?? "" });
      brand.append(h("a", { href: "/sign-out", class: "eb-out", "aria-label": words }, h("span", {}, found.account), t("Sign out")));
      return;
    }
    await new Promise((done) => setTimeout(done, 100)); // until Gradio has drawn it
  }
}

show();
