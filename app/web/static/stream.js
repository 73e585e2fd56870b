// The stream by which the server answers Gradio's events, kept whole.
//
// Gradio's client opens a stream with an event, and the server closes it when nothing is left to
// answer. An event sent at that very moment, or after the line broke, is never answered, and what
// sent it stays dead. So the client is given one stream, which lasts as long as the page; the ones
// behind it come and go as there are events to answer.
//
// Of an event that answers bit by bit the server sends what has changed, and the client changes with
// it what it has not shown yet: what one step alone said would be lost. So it is sent whole values.

const LOST = { msg: "broken_connection", message: "Connection errored out. " }; // words that Gradio knows
const FAILED = { success: false, output: { error: "", visible: false } };
const encoder = new TextEncoder();

/** What is done to a value, where in it, and with what. @typedef {["replace" | "append" | "add" | "delete", (string | number)[], any]} Change */
/** @typedef {{ msg: string, event_id?: string, output?: { data?: unknown[], error?: string, visible?: boolean } }} Message */

export class EventStream {
  /** Ids of events that have no answer yet. @type {Set<string>} */
  #waiting = new Set();
  /** Ids of those that were answered before it was heard that they were taken. @type {Set<string>} */
  #early = new Set();
  /** What they have said so far, by output. @type {Map<string, unknown[]>} */
  #values = new Map();
  /** Where Gradio reads. @type {ReadableStreamDefaultController<Uint8Array> | null} */
  #reader = null;
  #reading = false;

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
        this.source = () => this.request(url);
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
    if (!reader || !this.source || this.#reading || !this.#waiting.size) return;
    this.#reading = true;
    const whole = await this.#pass(await this.source().catch(() => null)).catch(() => false);
    this.#reading = false;
    if (this.#reader === reader && !whole) this.#lose();
    this.#read(); // an event was sent while the server closed the stream
  }

  /** Passes on what one stream of the server says; whether it was closed as it should be. @param {Response | null} response */
  async #pass(response) {
    if (!response?.ok || !response.body) return false;
    for await (const text of parts(response.body)) {
      /** @type {Message} */
      const message = JSON.parse(text.slice(text.indexOf("{")));
      if (message.msg === "close_stream") return true;
      if (message.msg === "process_completed") this.#end(message.event_id ?? "");
      if (message.msg === "unexpected_error") this.#waiting.clear();
      this.#say(message.msg === "process_generating" ? this.#whole(message) : message);
    }
    return !this.#waiting.size;
  }

  /** @param {string} event */
  #end(event) {
    if (!this.#waiting.delete(event)) this.#early.add(event);
    this.#values.delete(event);
  }

  /** The message with whole values in place of changes. @param {Message} message @returns {Message} */
  #whole(message) {
    const { event_id: event = "", output } = message;
    const [before, data] = [this.#values.get(event), output?.data ?? []];
    const values = before ? data.map((changes, n) => /** @type {Change[]} */ (changes).reduce(changed, before[n])) : data;
    this.#values.set(event, values);
    if (!before) return message;
    const whole = data.map((changes, n) => /** @type {Change[]} */ (changes).length ? [["replace", [], values[n]]] : []);
    return { ...message, output: { ...output, data: whole } };
  }

  /** @param {Message} message */
  #say(message) {
    this.#reader?.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\n\n`));
  }

  /** The line broke. Gradio loads the page anew then, except where that would end something. */
  #lose() {
    const stays = !document.dispatchEvent(new CustomEvent("eb-lost", { cancelable: true }));
    const lost = stays ? [...this.#waiting].map((id) => ({ ...FAILED, msg: "process_completed", event_id: id })) : [LOST];
    if (this.#waiting.size) for (const message of lost) this.#say(message);
    for (const event of [...this.#waiting]) this.#end(event);
  }
}

/** The value after a change. @param {any} value @param {Change} change @returns {any} */
function changed(value, [action, path, part]) {
  const last = path.at(-1);
  if (last === undefined) return action === "append" ? value + part : part;
  const inner = path.slice(0, -1).reduce((at, key) => at[key], value);
  if (action === "append") inner[last] += part;
  else if (Array.isArray(inner) && action !== "replace") inner.splice(Number(last), ...(action === "add" ? [0, part] : [1]));
  else if (action === "delete") delete inner[last];
  else inner[last] = part;
  return value;
}

/** The messages of an event stream. @param {ReadableStream<Uint8Array>} body */
async function* parts(body) {
  const reader = body.pipeThrough(/** @type {ReadableWritablePair<string, Uint8Array>} */ (new TextDecoderStream())).getReader();
  for (let text = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (text + value).split("\n\n");
    text = whole.pop() ?? "";
    yield* whole;
  }
}

window.fetch = new EventStream(window.fetch.bind(window)).fetch;
