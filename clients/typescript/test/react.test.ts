// The hook in a real component, against the real server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createElement } from "react";
import { type ReactTestRenderer, create } from "react-test-renderer";

import { Retake } from "../src/client.js";
import { type RunView, type UseRunOptions, useRun } from "../src/react.js";
import { Server, cards, stills } from "./server.js";

let server: Server;
let client: Retake;

before(async () => {
  server = await Server.start();
  client = new Retake({ baseUrl: server.url });
});
after(() => server.stop());

const LIMIT = { timeout: 120_000 };

/** A component that shows a run, and what it was told. */
class Shown {
  readonly views: RunView[] = [];
  #renderer: ReactTestRenderer | undefined;
  #rendered = () => {};

  readonly #View = ({ id, options }: { id: string | null; options: UseRunOptions }) => {
    this.views.push(useRun(id, options));
    this.#rendered();
    return null;
  };

  show(id: string | null, options: UseRunOptions): void {
    const element = createElement(this.#View, { id, options });
    if (this.#renderer === undefined) this.#renderer = create(element);
    else this.#renderer.update(element);
  }

  /** Waits until what is shown is as wanted. */
  async until(wanted: (view: RunView) => boolean): Promise<RunView> {
    for (;;) {
      const now = this.views.at(-1);
      if (now !== undefined && wanted(now)) return now;
      await new Promise<void>((resolve) => {
        this.#rendered = resolve;
      });
    }
  }

  leave(): void {
    this.#renderer?.unmount();
  }
}

for (const mode of ["events", "poll"] as const) {
  test(`a component sees a film made by ${mode}`, LIMIT, async () => {
    const shown = new Shown();
    shown.show(null, { client, mode });
    await shown.until(({ status }) => status === "idle");
    const { run } = await client.start(cards(`Shown by ${mode}`));
    shown.show(run, { client, mode });
    const view = await shown.until(({ status }) => status === "completed");
    assert.deepEqual([view.progress?.percentage, view.error, view.run?.run], [100, null, run]);
    assert.equal(view.result?.filmUrl, client.filmUrl(run));
    assert.ok(view.result?.output?.sha256);
    assert.ok(shown.views.some(({ status }) => status === "loading"));
    const seen = shown.views.length;
    await view.refresh();
    const after = await shown.until(() => shown.views.length > seen);
    assert.deepEqual([after.status, after.refresh === view.refresh], ["completed", true]);
    shown.leave();
  });
}

test("a component sees what goes wrong, and another run when it is given one", LIMIT, async () => {
  const shown = new Shown();
  const signals: AbortSignal[] = [];
  const noted: typeof fetch = (input, init) => {
    if (init?.signal) signals.push(init.signal);
    return fetch(input, init);
  };
  const client = new Retake({ baseUrl: server.url, fetch: noted });
  shown.show("0198c2f0-0000-7000-8000-000000000000", { client });
  const none = await shown.until(({ error }) => error !== null);
  assert.deepEqual([none.status, none.error?.code, none.run], ["failed", "not-found", null]);
  const { run } = await client.start(stills("Cancelled"), { until: "storyboard" });
  shown.show(run, { client });
  assert.equal((await shown.until(({ status }) => status === "paused")).error, null);
  await client.cancel(run);
  const over = await shown.until(({ status }) => status === "cancelled");
  assert.deepEqual([over.error?.code, over.result], ["cancelled", null]);
  shown.leave();
  // React ends what a component has begun a moment after it is gone; who is not shown any more asks nothing.
  while (signals.some(({ aborted }) => !aborted)) await client.list();
});
