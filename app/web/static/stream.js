// The stream by which the server answers Gradio's events, kept whole.
//
// Gradio's client opens a stream with an event, and the server closes it when nothing is left to
// answer. An event sent at that very moment, or after the line broke, is never answered, and what
// sent it stays dead. So the client is given one stream, which lasts as long as the page; the ones
// behind it come and go as there are events to answer.

const LOST = { msg: "broken_connection", message: "Connection errored out. " }; // words that Gradio knows
const FAILED = { success: false, output: { error: "", visible: false } };
const encoder = new TextEncoder();

export class EventStream {
  /** Ids of events that have no answer yet. @type {Set<string>} */
  #waiting = new Set();
  /** Ids of those that were answered before it was heard that they were taken. @type {Set<string>} */
  #early = new Set();
  /** Where Gradio reads. @type {ReadableStreamDefaultController<Uint8Array> | null} */
  #reader = null;
  #reading = false;
  #url = "";

  /** @param {typeof fetch} request the browser's own */
  constructor(request) {
    this.request = request;
  }

  /** In place of the browser's own. @type {typeof fetch} */
  fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url.includes("/queue/data?")) return this.#open(new Request(input, init));
    const response = await this.request(input, init);
    if (url.includes("/queue/join") && response.ok) {
      const { event_id: event } = await response.clone().json();
      if (!this.#early.delete(event)) this.#waiting.add(event);
      this.#read();
    }
    return response;
  };

  /** @param {Request} asked */
  #open({ url, signal }) {
    const body = new ReadableStream({
      start: (reader) => {
        this.#reader = reader;
        this.#url = url;
        signal.addEventListener("abort", () => this.#leave(reader));
      },
    });
    this.#read();
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  /** Gradio reads no more. @param {ReadableStreamDefaultController<Uint8Array>} reader */
  #leave(reader) {
    if (this.#reader !== reader) return;
    this.#reader = null;
    this.#waiting.clear();
    reader.close();
  }

  async #read() {
    const reader = this.#reader;
    if (!reader || this.#reading || !this.#waiting.size) return;
    this.#reading = true;
    const whole = await this.#pass().catch(() => false);
    this.#reading = false;
    if (this.#reader === reader && !whole) this.#lose();
    this.#read(); // an event was sent while the server closed the stream
  }

  /** Passes on what one stream of the server says; whether it was closed as it should be. */
  async #pass() {
    const { ok, body } = await this.request(this.#url);
    if (!ok || !body) return false;
    const parts = body.pipeThrough(/** @type {ReadableWritablePair<string, Uint8Array>} */ (new TextDecoderStream())).getReader();
    for (let text = ""; ;) {
      const { value, done } = await parts.read();
      if (done) return !this.#waiting.size;
      const messages = (text + value).split("\n\n");
      text = messages.pop() ?? "";
      for (const message of messages) {
        const { msg, event_id: event } = JSON.parse(message.slice(message.indexOf("{")));
        if (msg === "close_stream") return true;
        if (msg === "process_completed" && !this.#waiting.delete(event)) this.#early.add(event);
        if (msg === "unexpected_error") this.#waiting.clear();
        this.#reader?.enqueue(encoder.encode(`${message}\n\n`));
      }
    }
  }

  /** The line broke. Gradio loads the page anew then, except where that would end something. */
  #lose() {
    const stays = !document.dispatchEvent(new CustomEvent("eb-lost", { cancelable: true }));
    const lost = stays ? [...this.#waiting].map((id) => ({ ...FAILED, msg: "process_completed", event_id: id })) : [LOST];
    if (this.#waiting.size) for (const message of lost) this.#reader?.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\n\n`));
    this.#waiting.clear();
  }
}

window.fetch = new EventStream(window.fetch.bind(window)).fetch;
