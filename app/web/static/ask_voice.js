// A question that is spoken: recorded here, recognised by the home, put into the box to be read over.

import { h, request } from "./dom.js";
import { failureWords, t } from "./words.js";

const LONGEST = 30; // seconds
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

function possible() {
  if (!window.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return t("This browser cannot record sound here.");
  return "";
}

/**
 * Brings the button to life. `write(text)` gets the words, `tell(words)` what goes on.
 * @param {HTMLButtonElement} button @param {{ write: (text: string) => unknown; tell: (words: string) => unknown }} actions
 */
export function microphone(button, { write, tell }) {
  /** @type {MediaRecorder | null} */
  let recorder = null;
  let why = t("Looking …");

  /** @param {string} words @param {string} state */
  function dress(words, state) {
    button.replaceChildren(h("span", { class: "eb-mic-sign", "aria-hidden": "true" }));
    button.dataset.state = state;
    button.title = words;
    button.setAttribute("aria-label", words);
    button.setAttribute("aria-disabled", String(state === "off" || state === "writing"));
  }

  function rest() {
    recorder = null;
    if (why) dress(why, "off");
    else dress(t("Ask aloud (30 seconds at most)"), "ready");
  }

  async function record() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      tell(error instanceof DOMException && error.name === "NotFoundError" ? t("No microphone was found.") : t("The browser does not allow the microphone here."));
      return;
    }
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const mine = recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    /** @type {Blob[]} */
    const pieces = [];
    const begun = Date.now();
    const tick = () => {
      const left = Math.max(0, LONGEST - Math.round((Date.now() - begun) / 1000));
      tell(t("Listening … {n} s left. Press the microphone again when you are done.", { n: left }));
      if (!left && mine.state === "recording") mine.stop();
    };
    const timer = setInterval(tick, 500);
    mine.addEventListener("dataavailable", (event) => pieces.push(event.data));
    mine.addEventListener("stop", () => {
      clearInterval(timer);
      stream.getTracks().forEach((track) => track.stop());
      recognise(new Blob(pieces, { type: mine.mimeType }));
    });
    mine.start();
    dress(t("Stop listening"), "listening");
    tick();
  }

  /** @param {Blob} sound */
  async function recognise(sound) {
    dress(t("Writing down what you said …"), "writing");
    tell(t("Writing down what you said …"));
    try {
      write((await (await request("/api/ask/voice", { method: "POST", body: sound })).json()).text);
    } catch (error) {
      tell(failureWords(error));
    } finally {
      rest();
    }
  }

  button.addEventListener("click", () => {
    if (button.dataset.state === "off") tell(why);
    else if (button.dataset.state === "ready") record();
    else if (recorder?.state === "recording") recorder.stop();
  });
  rest();
  return {
    /** `trouble` says why the home cannot listen; empty where it can. @param {string} trouble */
    ready(trouble) {
      why = trouble || possible();
      if (!recorder && button.dataset.state !== "writing") rest();
    },
  };
}
