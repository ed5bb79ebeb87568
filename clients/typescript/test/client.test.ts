// The client against the real server: films are made, refused, cancelled, and watched over breaks.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { type Change, Retake, RetakeError, type RunBrief } from "../src/client.js";
import { Server, cards, stills } from "./server.js";

let server: Server;
let retake: Retake;

before(async () => {
  server = await Server.start();
  retake = new Retake({ baseUrl: server.url });
});
after(() => server.stop());

const LIMIT = { timeout: 120_000 };

async function all(changes: AsyncIterable<Change>): Promise<Change[]> {
  const seen: Change[] = [];
  for await (const change of changes) seen.push(change);
  return seen;
}

async function last(changes: AsyncIterable<Change>): Promise<RunBrief> {
  const run = (await all(changes)).at(-1)?.run;
  assert.ok(run);
  return run;
}

/** What a call is refused with. */
async function refused(call: Promise<unknown>): Promise<RetakeError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof RetakeError, String(error));
    return error;
  }
  return assert.fail("it was not refused");
}

test("a film is started, watched to its end and played", LIMIT, async () => {
  const plan = cards("Watched");
  const quote = await retake.quote(plan);
  assert.equal(Number(quote.worst_usd), 0);
  const started = await retake.start(plan);
  assert.equal(started.replayed, false);
  const changes = await all(retake.watch(started.run));
  const end = changes.at(-1)!.run;
  assert.deepEqual([end.status, end.progress.percentage, end.film], ["completed", 100, "Watched"]);
  // Every event after the first look was heard once, in order.
  const seqs = changes.flatMap(({ events }) => events.map(({ seq }) => seq));
  const from = changes[0]!.run.seq;
  assert.deepEqual(seqs, Array.from({ length: end.seq - from }, (_, ix) => from + 1 + ix));
  const full = await retake.getFull(started.run);
  assert.ok(full.output?.sha256);
  assert.equal(full.scenes.length, 2);
  const film = await fetch(retake.filmUrl(started.run), { headers: { range: "bytes=0-15" } });
  assert.deepEqual([film.status, film.headers.get("content-type")], [206, "video/mp4"]);
  assert.equal((await film.arrayBuffer()).byteLength, 16);
  assert.ok((await retake.manifest(started.run))["film"] !== undefined);
  const { runs } = await retake.list({ status: "completed", limit: 100 });
  assert.ok(runs.some(({ run }) => run === started.run));
  // What is over is told once.
  assert.equal((await all(retake.watch(started.run))).length, 1);
});

test("the same wish is one film, another wish under its key none", LIMIT, async () => {
  const idempotencyKey = "one-film";
  const first = await retake.start(cards("Once"), { idempotencyKey });
  const second = await retake.start(cards("Once"), { idempotencyKey });
  assert.deepEqual([first.replayed, second.replayed, second.run], [false, true, first.run]);
  const error = await refused(retake.start(cards("Twice"), { idempotencyKey }));
  assert.deepEqual([error.status, error.code], [422, "key-reused"]);
});

test("an answer that got lost is asked for again, and makes one film", LIMIT, async () => {
  const runs: string[] = [];
  const lossy: typeof fetch = async (...call) => {
    const answer = await fetch(...call);
    runs.push(((await answer.clone().json()) as { run: string }).run);
    if (runs.length === 1) throw new TypeError("the line broke");
    return answer;
  };
  const started = await new Retake({ baseUrl: server.url, fetch: lossy }).start(cards("Lost"), { retryMs: 1 });
  assert.deepEqual([started.replayed, runs], [true, [started.run, started.run]]);
});

test("what is refused says why, where and what helps", async () => {
  const mistaken = await refused(retake.start("film: Mistaken\nscenes:\n  - {shott: a storm}\n"));
  assert.deepEqual([mistaken.status, mistaken.code, mistaken.field], [422, "invalid-plan", "plan"]);
  assert.match(mistaken.message, /shott/);
  assert.equal(mistaken.mistakes[0]?.line, 3);
  assert.match(mistaken.mistakes[0]?.hint ?? "", /shot/);
  const file = await refused(retake.quote({ film: "File", scenes: [{ clip: "/etc/passwd" }] }));
  assert.deepEqual([file.status, file.code], [422, "invalid-plan"]);
  const none = await refused(retake.get("0198c2f0-0000-7000-8000-000000000000"));
  assert.deepEqual([none.status, none.code], [404, "not-found"]);
  assert.ok(none.hint);
  assert.equal((await refused(all(retake.watch("nonsense")))).code, "not-found");
  const nobody = await refused(new Retake({ baseUrl: "http://127.0.0.1:1" }).start(cards("No"), { tries: 2, retryMs: 1 }));
  assert.deepEqual([nobody.status, nobody.code], [0, "unreachable"]);
});

test("a run is paused, resumed, made anew and cancelled", LIMIT, async () => {
  const { run } = await retake.start(stills("Paused"), { until: "storyboard" });
  const paused = await last(retake.watch(run, { until: "settled" }));
  assert.deepEqual([paused.status, paused.reason], ["paused", "review"]);
  await retake.budget(run, "3.50");
  await retake.resume(run);
  const made = await last(retake.watch(run));
  assert.deepEqual([made.status, Number(made.cost.cap_usd)], ["completed", 3.5]);
  const scene = (await retake.getFull(run)).scenes[0]!.id;
  assert.notEqual((await retake.redo(run, scene)).status, "completed");
  assert.equal((await last(retake.watch(run))).status, "completed");
  assert.equal((await refused(retake.retry(run))).status, 409);
  assert.equal((await refused(retake.resolve(run, { take: "nowhere/video/1", abandon: true }))).status, 409);
  const other = await retake.start(stills("Cancelled"), { until: "storyboard" });
  await last(retake.watch(other.run, { until: "settled" }));
  await retake.cancel(other.run, { now: true });
  assert.equal((await last(retake.watch(other.run))).status, "cancelled");
});

test("a scene is made in other words, and the film goes on under another run", LIMIT, async () => {
  const { run } = await retake.start(stills("Otherwise"), { retry: { image: { attempts: 2 } } });
  await last(retake.watch(run));
  const scene = (await retake.getFull(run)).scenes[0]!.id;
  const next = await retake.redoOtherwise(run, scene, { words: "a harbour at noon" });
  assert.notEqual(next.run, run);
  assert.equal((await retake.redoOtherwise(run, scene, { words: "a harbour at noon" })).run, next.run);
  assert.equal((await last(retake.watch(next.run))).status, "completed");
  assert.deepEqual(await retake.delivery(next.run), { url: `/api/runs/${next.run}/film`, expires: null });
  const unknown = await refused(retake.redoOtherwise(next.run, scene, { model: "nobody" }));
  assert.deepEqual([unknown.status, unknown.code], [409, "conflict"]);
  const patience = await refused(retake.start(stills("Patience"), { retry: { imag: { attempts: 2 } } }));
  assert.deepEqual([patience.status, patience.field], [400, "retry"]);
});

test("a batch is begun once and watched as one", LIMIT, async () => {
  const plans = [cards("Batch one"), "film: Batch two\nsize: 320x180\nscenes: [{title: Two, seconds: 1}]\n"];
  const idempotencyKey = "one-batch";
  const retry = { ingest: { attempts: 2 } };
  const begun = await retake.startBatch(plans, { idempotencyKey, retry });
  assert.equal(begun.runs.length, 2);
  assert.equal((await retake.startBatch(plans, { idempotencyKey, retry })).batch, begun.batch);
  for (const { run } of begun.runs) await last(retake.watch(run));
  const { ended, runs } = await retake.batch(begun.batch);
  assert.deepEqual([ended, runs.map(({ film }) => film)], [2, ["Batch one", "Batch two"]]);
  const wrong = await refused(retake.startBatch([cards("Right"), { film: "Wrong", scens: 1 }]));
  assert.deepEqual([wrong.status, wrong.code], [422, "invalid-batch"]);
  const patience = await refused(retake.startBatch(plans, { retry: { ingst: { attempts: 2 } } }));
  assert.deepEqual([patience.status, patience.field], [400, "retry"]);
  assert.equal((await refused(retake.batch("none"))).status, 404);
});

test("notices are listed and sent again", LIMIT, async () => {
  // Nobody is sent into a closed network: that they are refused is noted, and they stay.
  const { run } = await retake.start({ ...cards("Told"), notify: "https://127.0.0.1:9/hook" });
  await last(retake.watch(run));
  let told = await retake.notices({ run });
  for (let look = 0; !told.notices.some(({ kind }) => kind === "run.completed"); look += 1) {
    assert.ok(look < 1000, "nothing is to be told");
    await retake.get(run, { waitMs: 20 });
    told = await retake.notices({ run });
  }
  assert.ok(told.notices.every((notice) => notice.run === run));
  assert.ok((await retake.notices()).notices.length >= told.notices.length);
  await retake.sendAgain(told.notices[0]!.id);
  assert.equal((await refused(retake.sendAgain("none"))).status, 404);
  assert.match(await retake.noticeSecret(), /^whsec_/);
});

test("where no events can be had, it is asked again and again", LIMIT, async () => {
  let streams = 0;
  const without: typeof fetch = (input, init) => {
    if (!String(input).endsWith("/events")) return fetch(input, init);
    streams += 1;
    return Promise.resolve(new Response("a proxy that buffers", { headers: { "content-type": "text/html" } }));
  };
  const polling = new Retake({ baseUrl: server.url, fetch: without });
  const { run } = await polling.start(stills("Polled", 3));
  const changes = await all(polling.watch(run, { retryMs: 1 }));
  assert.equal(changes.at(-1)?.run.status, "completed");
  assert.ok(streams <= 2 && changes.every(({ events }) => events.length === 0));
});

test("watching can be ended", LIMIT, async () => {
  const { run } = await retake.start(stills("Left"), { until: "storyboard" });
  for await (const _ of retake.watch(run, { until: "never" })) break;
  const ended = new AbortController();
  const reason = new Error("enough");
  await assert.rejects(async () => {
    for await (const change of retake.watch(run, { until: "never", signal: ended.signal })) {
      if (change.run.status === "paused") ended.abort(reason);
    }
  });
  await retake.cancel(run);
});

test("a picture is sent, and a plan names it", LIMIT, async () => {
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const taken = await retake.upload(new Uint8Array(Buffer.from(png, "base64")));
  assert.equal(taken.media_type, "image/png");
  assert.equal((await fetch(retake.artifactUrl(taken.artifact))).status, 200);
  assert.equal((await refused(retake.upload(new Uint8Array(16)))).code, "wrong-media-type");
});

test("the workflow API is polled as its documentation shows", LIMIT, async () => {
  const wish = { mode: "single" as const, prompt: "A circle becomes a square", sceneName: "circle", context: {} };
  const scene = await refused(retake.generateVideo(wish));
  assert.deepEqual([scene.status, scene.code], [501, "cannot-be-made"]);
  assert.match(scene.message, /manim/);
  const scenes = [{ name: "one", prompt: "", order: 1 }];
  assert.equal((await refused(retake.generateVideo({ mode: "multi", title: "Two", scenes }))).status, 422);
  assert.equal((await refused(retake.workflowStatus("0198c2f0-0000-7000-8000-000000000000"))).status, 404);
  const { run } = await retake.start(cards("Workflow"));
  let told = await retake.workflowStatus(run);
  for (; told.status === "running"; told = await retake.workflowStatus(run)) {
    assert.ok(told.success && told.result === null && told.progress.percentage <= 100);
    // One look a change, not one a second.
    await retake.get(run, { waitMs: 1000 });
  }
  assert.deepEqual([told.status, told.runId, told.progress.percentage], ["completed", run, 100]);
  assert.deepEqual([told.result?.["success"], told.result?.["videoUrl"]], [true, `/api/runs/${run}/film`]);
});

test("it is watched on when the server is killed and started again", LIMIT, async () => {
  const { run } = await retake.start(stills("Killed", 8));
  const seqs: number[] = [];
  let killed = false;
  let from: number | undefined;
  let end = "";
  for await (const change of retake.watch(run, { retryMs: 20 })) {
    from ??= change.run.seq;
    seqs.push(...change.events.map(({ seq }) => seq));
    end = change.run.status;
    if (!killed && change.run.progress.completed_steps > 0) {
      assert.notEqual(end, "completed", "it was too quick to be killed");
      killed = true;
      await server.kill();
      await server.again();
    }
  }
  assert.deepEqual([killed, end], [true, "completed"]);
  assert.deepEqual(seqs, Array.from(seqs, (_, ix) => from! + 1 + ix), "no event is lost or told twice");
});
