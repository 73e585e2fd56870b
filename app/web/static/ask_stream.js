// The stream of an answer: lines of JSON, cut anywhere on their way.

/** @import { AnswerEvent } from "./types.d.ts" */

/** The events of a streamed answer, one by one. @param {Response} reply @returns {AsyncGenerator<AnswerEvent, void>} */
export async function* events(reply) {
  if (!reply.body) return;
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}
