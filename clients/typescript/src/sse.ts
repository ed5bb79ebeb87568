// Server-sent events out of a body that streams.
//
// Owns the form of the lines. It knows nothing of what they say.

/** Something that was sent. */
export interface Sent {
  /** Its id, for coming back. */
  id: string | undefined;
  /** What it says. */
  data: string;
}

/** The longest event. */
const EVENT_MOST = 64 << 20;

/** Takes text as it comes, and gives what was sent in whole. */
export class Parser {
  #rest = "";
  #id: string | undefined;
  #data: string[] = [];

  /** What the text completes. */
  push(text: string): Sent[] {
    // A `\r` at the end may be half of an end of line.
    const whole = this.#rest + text;
    const lines = whole.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > EVENT_MOST) throw new Error("an event is too long");
    const sent: Sent[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0) sent.push({ id: this.#id, data: this.#data.join("\n") });
        this.#data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") this.#data.push(value);
      if (field === "id") this.#id = value;
    }
    return sent;
  }
}

/** What is sent, piece by piece; an empty piece is a sign of life. Ends with the body, or fails after so long a silence. */
export async function* pieces(body: ReadableStream<Uint8Array>, silenceMs: number): AsyncGenerator<Sent[], void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new Parser();
  try {
    for (;;) {
      const { done, value } = await within(silenceMs, reader.read());
      if (done) return;
      yield parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Whoever leaves early hangs up; what that comes to concerns nobody.
    reader.cancel().catch(() => undefined);
  }
}

async function within<T>(spanMs: number, wanted: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the stream is silent")), spanMs);
  });
  try {
    return await Promise.race([wanted, late]);
  } finally {
    clearTimeout(timer);
  }
}
