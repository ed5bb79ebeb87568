// Watching a run: events while they can be had, asking again where they cannot, and going on after a break.
//
// Owns when to come back and what counts as an end. What is told is always the run as it is, so that nobody has to fold
// events; those that were heard come along.

import { RetakeError } from "./error.js";
import { pieces } from "./sse.js";
import type { RunBrief } from "./types.js";

/** Something that was written down of a run, as the server's journal has it. */
export interface RunEvent {
  run: string;
  /** Its number, from 1. */
  seq: number;
  /** When, in milliseconds since 1970. */
  at: number;
  /** What it is. */
  event: string;
  [field: string]: unknown;
}

/** News of a run. */
export interface Change {
  /** The run as it is now. */
  run: RunBrief;
  /** What was heard since the last change; nothing while it is asked again and again. */
  events: RunEvent[];
}

/** How a run is watched. */
export interface WatchOptions {
  /** Ends it. */
  signal?: AbortSignal;
  /** When it ends by itself: when the run is over, also when it is paused, or never. */
  until?: "ended" | "settled" | "never";
  /** `poll` asks again and again instead of listening. */
  mode?: "events" | "poll";
  /** The shortest wait before coming back, in milliseconds; it doubles each time, up to 10 s. */
  retryMs?: number;
  /** How long a stream may be silent, in milliseconds. The server says something every 15 s. */
  silenceMs?: number;
  /** Whether nobody answers forever: else it fails after so many tries in a row. */
  tries?: number;
}

/** What watching asks of a client. */
export interface Watched {
  get(run: string, options: { signal: AbortSignal; waitMs?: number; seq?: number }): Promise<RunBrief>;
  listen(run: string, after: number, signal: AbortSignal): Promise<Response>;
}

/** The longest wait before coming back. */
const RETRY_MOST_MS = 10_000;
/** How long one asks for a change. */
const WAIT_MS = 20_000;
/** After how many streams without a word they are given up. */
const FRUITLESS_MOST = 2;

const ENDED = ["completed", "partial", "failed", "cancelled"];

/** Whether nothing moves any more: for good, or until somebody does something. */
export function isOver(status: string, until: WatchOptions["until"] = "ended"): boolean {
  if (until === "never") return false;
  return ENDED.includes(status) || (until === "settled" && status === "paused");
}

/** Every change of a run, the first being how it is now. */
export async function* watch(client: Watched, id: string, options: WatchOptions = {}): AsyncGenerator<Change, void> {
  const { until = "ended", retryMs = 250, silenceMs = 45_000, tries = Infinity } = options;
  const hangUp = new AbortController();
  const signal = hangUp.signal;
  const abort = () => hangUp.abort(options.signal?.reason);
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener("abort", abort, { once: true });
  const stubborn = <T>(ask: () => Promise<T>) => persist(ask, { retryMs, tries, signal });
  try {
    let run = await stubborn(() => client.get(id, { signal }));
    yield { run, events: [] };
    // The last event that was heard: what comes after it is still to be told, whatever the run already shows.
    let after = run.seq;
    let listens = options.mode !== "poll";
    let fruitless = 0;
    while (!isOver(run.status, until)) {
      if (!listens) {
        const next = await stubborn(() => client.get(id, { signal, waitMs: WAIT_MS, seq: run.seq }));
        if (next.seq === run.seq) continue;
        run = next;
        after = run.seq;
        yield { run, events: [] };
        continue;
      }
      let heard = false;
      try {
        for await (const sent of pieces(await bodyOf(client, id, after, signal), silenceMs)) {
          heard = true;
          const events = sent.map(({ data }) => JSON.parse(data) as RunEvent);
          if (events.length === 0) continue;
          after = events.at(-1)?.seq ?? after;
          run = await client.get(id, { signal });
          yield { run, events };
          if (isOver(run.status, until) && after >= run.seq) return;
        }
      } catch (error) {
        if (signal.aborted) throw error;
        // What is wrong for good is said by whoever asks plainly, below.
      }
      fruitless = heard ? 0 : fruitless + 1;
      listens = fruitless < FRUITLESS_MOST;
      await pause(retryMs, signal);
      // This also says what is wrong for good, and waits for a server that is gone.
      const next = await stubborn(() => client.get(id, { signal }));
      if (next.seq === run.seq || (listens && !isOver(next.status, until))) continue;
      run = next;
      yield { run, events: [] };
    }
  } finally {
    options.signal?.removeEventListener("abort", abort);
    hangUp.abort();
  }
}

async function bodyOf(client: Watched, id: string, after: number, signal: AbortSignal) {
  const answer = await client.listen(id, after, signal);
  const kind = answer.headers.get("content-type") ?? "";
  if (!answer.ok || answer.body === null || !kind.startsWith("text/event-stream")) {
    await answer.body?.cancel();
    throw new Error("no events can be had here");
  }
  return answer.body;
}

/** Asks until somebody answers. What is wrong for good is not asked again. */
export async function persist<T>(
  ask: () => Promise<T>,
  how: { retryMs: number; tries: number; signal?: AbortSignal | undefined },
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await ask();
    } catch (error) {
      const passes = error instanceof RetakeError && error.isPassing;
      if (!passes || tried >= how.tries || how.signal?.aborted) throw error;
      const doubled = how.retryMs * 2 ** Math.min(tried - 1, 16);
      await pause(Math.min(error.retryAfterMs ?? doubled, RETRY_MOST_MS), how.signal);
    }
  }
}

function pause(spanMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", ended);
      resolve();
    }, spanMs);
    if (signal?.aborted) ended();
    else signal?.addEventListener("abort", ended, { once: true });
  });
}
