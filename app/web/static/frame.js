// What every page has: its look, names for what Gradio leaves nameless, links to days, and who is signed in.

import { json, onLink, openPage, pick, wishes } from "./dom.js";
import { look } from "./looks.js";
import { wanted as momentOf } from "./timeline_link.js";

look();
new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });
onLink('a[href^="/day/"]', (link) => {
  Object.assign(wishes, momentOf(link));
  openPage("timeline");
});

/** The header: with an account, its name and the way out. @param {HTMLElement} element */
export async function mount(element) {
  const { signed_in: signedIn, account } = await json("/api/account").catch(() => ({ signed_in: false, account: "" }));
  const out = pick(element, ".eb-out");
  pick(out, "span").textContent = account;
  out.hidden = !signedIn;
}
