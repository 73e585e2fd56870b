import { reply, serve, unreachable } from "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { json, messageOf, post } from "../../app/web/static/dom.js";

test("json gives what the route sends, and sends the cookie along", async () => {
  const requests = serve(() => reply({ unseen: 3 }));
  assert.deepEqual(await json("/api/notices"), { unseen: 3 });
  assert.equal(requests[0].options.credentials, "same-origin");
});

test("json gives null where a deletion is answered by nothing", async () => {
  serve(() => new Response(null, { status: 204 }));
  assert.equal(await json("/api/uploads/1", { method: "DELETE" }), null);
});

test("post sends a value as JSON", async () => {
  const requests = serve(() => reply({ good: true }));
  await post("/api/notices/seen", { good: true });
  assert.equal(requests[0].options.method, "POST");
  assert.equal(requests[0].options.body, '{"good":true}');
  assert.deepEqual(requests[0].options.headers, { "Content-Type": "application/json" });
});

test("a refusal says the server's sentence", async () => {
  serve(() => reply({ error: "No room", offset: 7 }, 507));
  await assert.rejects(json("/api/uploads/1"), { message: "No room" });
});

test("what is off with each field is said in words", async () => {
  serve(() => reply({ detail: [{ loc: ["body", "name"], msg: "String too long" }, { loc: ["body", "days"], msg: "Not a number" }] }, 422));
  await assert.rejects(post("/api/account/tokens", {}), { message: "String too long; Not a number" });
});

test("a refusal without words says its status", async () => {
  serve(() => new Response("<html>", { status: 502 }));
  await assert.rejects(json("/api/days"), { message: "The server answered 502." });
});

test("where no answer comes, a TypeError says so in words", async () => {
  serve(unreachable);
  await assert.rejects(json("/api/days"), { name: "TypeError", message: "EgoButler does not answer" });
});

test("who is signed out is led to the sign-in, and back from there", async (context) => {
  const assign = context.mock.method(location, "assign");
  location.pathname = "/day/2026-03-16";
  location.search = "?t=18:42";
  context.after(() => { location.pathname = "/"; location.search = ""; });
  serve(() => reply({ detail: "Sign in", sign_in: "/sign-in" }, 401));
  await assert.rejects(json("/api/days"), { message: "Sign in" });
  assert.deepEqual(assign.mock.calls[0].arguments, ["/sign-in?next=%2Fday%2F2026-03-16%3Ft%3D18%3A42"]);
});

test("an error says its message, anything else itself", () => {
  assert.deepEqual([messageOf(new Error("off")), messageOf("lost")], ["off", "lost"]);
});
