// The stream by which the server answers Gradio's events, kept whole.
//
// Gradio's client opens a stream with an event, and the server closes it when nothing is left to
// answer. An event sent at that very moment, or after the line broke, is never answered, and what
// sent it stays dead. So the client is given one stream, which lasts as long as the page; the ones
// behind it come and go as there are events to answer.

const LOST = { msg: "broken_connection", message: "Connection errored out. " }; // words that Gradio knows
const FAILED = { success: false, output: { error: "", visible: false } };
const encoder = new TextEncoder();

/** A `fetch` in place of the browser's own. @param {typeof fetch} request @returns {typeof fetch} */
export function unbroken(request) {
  /** Ids of events that have no answer yet. @type {Set<string>} */
  const waiting = new Set();
  /** Ids of those that were answered before it was heard that they were taken. @type {Set<string>} */
  const early = new Set();
  /** Where Gradio reads. @type {ReadableStreamDefaultController<Uint8Array> | null} */
  let reader = null;
  let address = "";
  let reading = false;
  /** @param {string} message */
  const say = (message) => reader?.enqueue(encoder.encode(`${message}\n\n`));

  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url.includes("/queue/data?")) return open(new Request(input, init));
    const response = await request(input, init);
    if (url.includes("/queue/join") && response.ok) {
      const { event_id: event } = await response.clone().json();
      if (!early.delete(event)) waiting.add(event);
      read();
    }
    return response;
  };

  /** @param {Request} asked */
  function open({ url, signal }) {
    const body = new ReadableStream({
      start(mine) {
        reader = mine;
        address = url;
        signal.addEventListener("abort", () => { // Gradio reads no more
          if (reader !== mine) return;
          reader = null;
          waiting.clear();
          mine.close();
        });
      },
    });
    read();
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  async function read() {
    const before = reader;
    if (!reader || reading || !waiting.size) return;
    reading = true;
    const whole = await pass().catch(() => false);
    reading = false;
    if (reader === before && !whole) lose();
    read(); // an event was sent while the server closed the stream
  }

  /** Passes on what one stream of the server says; whether it was closed as it should be. */
  async function pass() {
    const { ok, body } = await request(address);
    if (!ok || !body) return false;
    const parts = body.pipeThrough(/** @type {ReadableWritablePair<string, Uint8Array>} */ (new TextDecoderStream())).getReader();
    for (let text = ""; ;) {
      const { value, done } = await parts.read();
      if (done) return !waiting.size;
      const messages = (text + value).split("\n\n");
      text = messages.pop() ?? "";
      for (const message of messages) {
        const { msg, event_id: event } = JSON.parse(message.slice(message.indexOf("{")));
        if (msg === "close_stream") return true;
        if (msg === "process_completed" && !waiting.delete(event)) early.add(event);
        if (msg === "unexpected_error") waiting.clear();
        say(message);
      }
    }
  }

  /** The line broke. Gradio loads the page anew then, except where that would end something. */
  function lose() {
    const stays = !document.dispatchEvent(new CustomEvent("eb-lost", { cancelable: true }));
    const lost = stays ? [...waiting].map((id) => ({ ...FAILED, msg: "process_completed", event_id: id })) : [LOST];
    if (waiting.size) for (const message of lost) say(`data: ${JSON.stringify(message)}`);
    waiting.clear();
  }
}

window.fetch = unbroken(window.fetch.bind(window));
