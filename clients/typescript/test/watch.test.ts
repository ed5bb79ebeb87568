// Breaks and ends, as no real server can be made to have them on time.

import assert from "node:assert/strict";
import { test } from "node:test";

import { RetakeError } from "../src/error.js";
import type { RunBrief } from "../src/types.js";
import { type Change, type Watched, type WatchOptions, watch } from "../src/watch.js";

const brief = (seq: number, status = "running") => ({ run: "r", seq, status }) as RunBrief;
const event = (seq: number) => `id: ${seq}\ndata: {"run":"r","seq":${seq},"at":0,"event":"x"}\n\n`;

/** A server that answers looks and streams in this order; the last look stands for all after it. */
class Scripted implements Watched {
  readonly listened: number[] = [];
  signals: AbortSignal[] = [];
  looks = 0;

  constructor(
    private readonly runs: (RunBrief | RetakeError)[],
    private readonly streams: string[],
  ) {}

  async get(_run: string, { signal }: { signal: AbortSignal }): Promise<RunBrief> {
    this.looks += 1;
    this.signals.push(signal);
    const next = this.runs.length > 1 ? this.runs.shift()! : this.runs[0]!;
    if (next instanceof RetakeError) throw next;
    return next;
  }

  async listen(_run: string, after: number): Promise<Response> {
    this.listened.push(after);
    const text = this.streams.shift();
    if (text === undefined) return new Response("no", { status: 503 });
    return new Response(text, { headers: { "content-type": "text/event-stream" } });
  }
}

async function all(server: Watched, options: WatchOptions = {}): Promise<Change[]> {
  const seen: Change[] = [];
  for await (const change of watch(server, "r", { retryMs: 1, ...options })) seen.push(change);
  return seen;
}

const heard = (changes: Change[]) => changes.flatMap(({ events }) => events.map(({ seq }) => seq));
const passing = new RetakeError({ code: "unreachable", status: 0, message: "gone" });

test("after a break it is listened to from what was heard last, not from what was seen", async () => {
  const server = new Scripted(
    [brief(1), brief(4), brief(4), brief(5, "completed")],
    [event(2), event(3) + event(4) + event(5)],
  );
  assert.deepEqual(heard(await all(server)), [2, 3, 4, 5]);
  assert.deepEqual(server.listened, [1, 2]);
});

test("a run that is over is told with all its events", async () => {
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      for (const seq of [2, 3]) stream.enqueue(new TextEncoder().encode(event(seq)));
    },
  });
  const server = new Scripted([brief(1), brief(3, "completed")], []);
  server.listen = async () => new Response(body, { headers: { "content-type": "text/event-stream" } });
  assert.deepEqual(heard(await all(server)), [2, 3]);
});

test("streams without a word are given up, and a server that is gone is waited for", async () => {
  const server = new Scripted([brief(1), brief(1), passing, brief(2), passing, brief(3, "failed")], []);
  const changes = await all(server);
  assert.deepEqual(changes.map(({ run }) => run.seq), [1, 2, 3]);
  assert.equal(server.listened.length, 2);
});

test("a server that is gone for good is said so after as many tries as wanted", async () => {
  const server = new Scripted([passing], []);
  await assert.rejects(all(server, { tries: 3 }), { code: "unreachable" });
  assert.equal(server.looks, 3);
});

test("what is wrong for good is not asked twice", async () => {
  const server = new Scripted([new RetakeError({ code: "forbidden", status: 403, message: "no" })], []);
  await assert.rejects(all(server), { code: "forbidden" });
  assert.equal(server.looks, 1);
});

test("a pause ends it only where that is wanted, and whoever leaves hangs up", async () => {
  const paused = new Scripted([brief(1, "paused")], []);
  assert.equal((await all(paused, { until: "settled" })).length, 1);
  for await (const _ of watch(paused, "r", { until: "never" })) break;
  assert.ok(paused.signals.every(({ aborted }) => aborted));
});
