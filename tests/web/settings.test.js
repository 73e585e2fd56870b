import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { quotaOf, withQuota } from "../../app/web/static/settings_quota.js";

test("how tokens are shared out is an option of a model's name, beside its others", () => {
  const name = "qwen-vl:/models/a?bits=4&quota=off";
  assert.equal(quotaOf(name), "off");
  assert.equal(quotaOf("egogpt"), "auto");
  assert.equal(withQuota(name, "0.5"), "qwen-vl:/models/a?bits=4&quota=0.5");
  assert.equal(withQuota(name, "auto"), "qwen-vl:/models/a?bits=4");
  assert.equal(withQuota("gguf-vl?quota=off", "auto"), "gguf-vl");
  assert.equal(withQuota("egogpt", "question"), "egogpt?quota=question");
});
