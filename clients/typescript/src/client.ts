// A retake server, as other programs call it.
//
// Owns addresses, headers and forms of bodies, all of them held to the server's own description by types.ts. It keeps
// nothing between two calls.

import { RetakeError } from "./error.js";
import type {
  Batch,
  Cancel,
  Created,
  Delivered,
  Notices,
  Quote,
  Resolve,
  RunBrief,
  RunFull,
  Runs,
  Taken,
  Wish,
  Calls,
} from "./types.js";
import { type Change, type RunEvent, type WatchOptions, isOver, persist, watch } from "./watch.js";

export { RetakeError, isOver };
export type * from "./types.js";
export type { Change, RunEvent, WatchOptions };

/** Where the server is, and who calls. */
export interface RetakeOptions {
  /** Where it answers, such as `http://127.0.0.1:7117`; the page's own server where nothing is said. */
  baseUrl?: string;
  /** A token of `retake token new`. */
  token?: string;
  /** What calls are made with, instead of the platform's `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends it. */
  signal?: AbortSignal;
}

/** How a plan is to be made. */
export interface MakeOptions extends CallOptions {
  /** Where its randomness starts, instead of the plan's seed. */
  seed?: number;
  /** Pause when all voices or pictures are there. */
  until?: "voice" | "storyboard";
  /** Let local makers stand in where a key is missing. */
  allowFallback?: boolean;
  /** How patiently steps are tried in this run, over what the plan says: as its `retry`. */
  retry?: Record<string, unknown>;
}

/** How several films are begun. */
export interface BatchOptions extends CallOptions {
  /** Let local makers stand in where a key is missing. */
  allowFallback?: boolean;
  /** How patiently steps are tried in all of these runs, over what their plans say: as a plan's `retry`. */
  retry?: Record<string, unknown>;
  /** Makes them once, however often it is asked for. One is made up where nothing is said. */
  idempotencyKey?: string;
  /** How often it is tried where nobody answers. */
  tries?: number;
  /** The wait before the second try, in milliseconds; it doubles each time. */
  retryMs?: number;
}

/** What of a scene is to be otherwise. */
export interface Otherwise extends CallOptions {
  /** Its words: those of its picture, or what is said where its voice is meant. */
  words?: string;
  /** The model that is asked first. */
  model?: string;
}

/** How a film is begun. */
export interface StartOptions extends MakeOptions {
  /** Makes it once, however often it is asked for. One is made up where nothing is said. */
  idempotencyKey?: string;
  /** How often it is tried where nobody answers. */
  tries?: number;
  /** The wait before the second try, in milliseconds; it doubles each time. */
  retryMs?: number;
}

/** A run that was begun. */
export interface Started extends Created {
  /** Whether the same was asked for before, and this is its run. */
  replayed: boolean;
}

/** A plan: YAML as a text, or its JSON. */
export type Plan = string | Record<string, unknown>;

/** What the workflow API says when it has begun. */
export interface WorkflowStarted {
  success: true;
  runId: string;
  mode: "single" | "multi";
  message: string;
}

/** What the workflow API says of a run. */
export interface WorkflowStatus {
  success: boolean;
  runId: string;
  status: "running" | "completed" | "failed";
  progress: {
    currentStep: string;
    completedSteps: number;
    totalSteps: number;
    percentage: number;
    message?: string;
  };
  result: Record<string, unknown> | null;
  error?: string;
}

type Call = keyof Calls;
type Value = string | number | boolean | undefined;
type Fields<C extends Call, Place extends string> = Calls[C] extends Record<Place, infer T> ? T : Record<never, never>;
/** What a call is given; names that the description does not know are not taken. */
type Given<C extends Call> = {
  path?: { [N in keyof Fields<C, "path">]: string };
  query?: { [N in keyof Fields<C, "query">]?: Value };
  headers?: Record<string, string>;
  json?: unknown;
  body?: BodyInit;
  accept?: string;
  signal?: AbortSignal | undefined;
};

/** A retake server. */
export class Retake {
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #fetch: typeof globalThis.fetch;

  constructor(options: RetakeOptions = {}) {
    this.#base = (options.baseUrl ?? "").replace(/\/+$/, "");
    this.#token = options.token;
    // A browser's own insists on being called on the window.
    this.#fetch = options.fetch ?? ((...call) => globalThis.fetch(...call));
  }

  /** Makes a film of a plan. Where nobody answers it is asked for again, and still made once. */
  async start(plan: Plan, options: StartOptions = {}): Promise<Started> {
    const { signal } = options;
    const { headers, how } = once(options);
    return await persist(async () => {
      const answer = await this.#call("POST /api/runs", { ...made(options), ...bodyOf(plan, headers), signal });
      return { ...((await answer.json()) as Created), replayed: answer.headers.get("idempotency-replayed") === "true" };
    }, how);
  }

  /** Begins a film of each plan, or of none: all of them are looked at first. */
  async startBatch(plans: Plan[], options: BatchOptions = {}): Promise<Batch> {
    const { allowFallback: allow_fallback, retry, signal } = options;
    const { headers, how } = once(options);
    const json = { plans, allow_fallback };
    const query = { retry: retry && JSON.stringify(retry) };
    return await persist(() => this.#json("POST /api/batches", { json, query, headers, signal }), how);
  }

  /** How far the films of a batch are. */
  async batch(batch: string, { signal }: CallOptions = {}): Promise<Batch> {
    return await this.#json("GET /api/batches/{batch}", { path: { batch }, signal });
  }

  /** What was told by `notify`, of one run or of all, and what became of it. */
  async notices(options: CallOptions & { run?: string } = {}): Promise<Notices> {
    const { signal, run } = options;
    return await this.#json("GET /api/notices", { query: { run }, signal });
  }

  /** Sends a notice again. */
  async sendAgain(notice: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#call("POST /api/notices/{notice}/replay", { path: { notice }, signal });
  }

  /** The secret that notices are signed with, by the scheme of Standard Webhooks: `whsec_…`. */
  async noticeSecret({ signal }: CallOptions = {}): Promise<string> {
    return (await this.#json("GET /api/notices/secret", { signal })).secret;
  }

  /** What making that film would do and cost. Nothing is spent. */
  async quote(plan: Plan, options: MakeOptions = {}): Promise<Quote> {
    const { signal } = options;
    return await this.#json("POST /api/quotes", { ...made(options), ...bodyOf(plan), signal });
  }

  /** Where a run stands. With `waitMs` it is answered when something has changed after `seq`, or the time is up. */
  async get(run: string, options: CallOptions & { waitMs?: number; seq?: number } = {}): Promise<RunBrief> {
    const { signal, waitMs, seq } = options;
    const wait = waitMs === undefined ? undefined : `${Math.round(waitMs)}ms`;
    return (await this.#json("GET /api/runs/{run}", { path: { run }, query: { wait, seq }, signal })) as RunBrief;
  }

  /** A run with its scenes, nodes and takes, and the film where it was delivered. */
  async getFull(run: string, { signal }: CallOptions = {}): Promise<RunFull> {
    const query = { include: "nodes" };
    return (await this.#json("GET /api/runs/{run}", { path: { run }, query, signal })) as RunFull;
  }

  /** Runs, the newest first; `next` is the cursor of those after them. */
  async list(options: CallOptions & { status?: string; cursor?: string; limit?: number } = {}): Promise<Runs> {
    const { signal, ...query } = options;
    return await this.#json("GET /api/runs", { query, signal });
  }

  /** Every change of a run, the first being how it is now; it goes on over breaks and restarts of the server. */
  watch(run: string, options: WatchOptions = {}): AsyncGenerator<Change, void> {
    const listen = (id: string, after: number, signal: AbortSignal) => {
      const headers = { "last-event-id": String(after) };
      return this.#call("GET /api/runs/{run}/events", { path: { run: id }, headers, accept: "text/event-stream", signal });
    };
    return watch({ get: (id, how) => this.get(id, how), listen }, run, options);
  }

  /** Stops a run; with `now` paid work is cancelled at its providers as well. */
  async cancel(run: string, options: CallOptions & Cancel = {}): Promise<RunBrief> {
    const { signal, ...json } = options;
    return await this.#json("POST /api/runs/{run}/cancel", { path: { run }, json, signal });
  }

  /** Tries everything that failed again. */
  async retry(run: string, { signal }: CallOptions = {}): Promise<RunBrief> {
    return await this.#json("POST /api/runs/{run}/retry", { path: { run }, signal });
  }

  /** Makes a scene anew, or a part of it: `storm`, `lamp.2`, `lamp/video`. */
  async redo(run: string, what: string, { signal }: CallOptions = {}): Promise<RunBrief> {
    return (await this.#json("POST /api/runs/{run}/redo", { path: { run }, json: { what }, signal })) as RunBrief;
  }

  /** Makes a scene in other words, or by another model: a new run of the film does so, and reuses everything else. */
  async redoOtherwise(run: string, what: string, { signal, ...how }: Otherwise): Promise<Created> {
    const json = { what, ...how };
    return (await this.#json("POST /api/runs/{run}/redo", { path: { run }, json, signal })) as Created;
  }

  /** Goes back to an earlier take that was kept, such as `storm/video/1`. */
  async pick(run: string, take: string, { signal }: CallOptions = {}): Promise<RunBrief> {
    return await this.#json("POST /api/runs/{run}/pick", { path: { run }, json: { take }, signal });
  }

  /** Goes on with a run. */
  async resume(run: string, { signal }: CallOptions = {}): Promise<RunBrief> {
    return await this.#json("POST /api/runs/{run}/resume", { path: { run }, signal });
  }

  /** Sets what a run may spend in all, such as `"7.50"`. */
  async budget(run: string, usd: string, { signal }: CallOptions = {}): Promise<RunBrief> {
    return await this.#json("POST /api/runs/{run}/budget", { path: { run }, json: { usd }, signal });
  }

  /** Decides about a take whose answer was lost: exactly one of `adopt`, `resend` and `abandon`. */
  async resolve(run: string, how: Resolve, { signal }: CallOptions = {}): Promise<RunBrief> {
    return await this.#json("POST /api/runs/{run}/resolve", { path: { run }, json: how, signal });
  }

  /** Sends a picture, a clip or a sound; a plan names it by the `artifact` of the answer. */
  async upload(file: Blob | ArrayBuffer | Uint8Array<ArrayBuffer>, { signal }: CallOptions = {}): Promise<Taken> {
    const headers = { "content-type": "application/octet-stream" };
    return await this.#json("POST /api/files", { body: file, headers, signal });
  }

  /** What a film was made of. */
  async manifest(run: string, { signal }: CallOptions = {}): Promise<Record<string, unknown>> {
    return await this.#json("GET /api/runs/{run}/manifest", { path: { run }, signal });
  }

  /** Where a film that was delivered is fetched; of one in a store, by anybody who has the address, until `expires`. */
  async delivery(run: string, { signal }: CallOptions = {}): Promise<Delivered> {
    return await this.#json("GET /api/runs/{run}/delivery", { path: { run }, signal });
  }

  /** Where the film of a run is played from. A player sends no token: with tokens, fetch it and play the blob. */
  filmUrl(run: string): string {
    return `${this.#base}/api/runs/${encodeURIComponent(run)}/film`;
  }

  /** Where a stored file is, by its hash or by the `artifact:…` of a plan. */
  artifactUrl(hash: string): string {
    return `${this.#base}/api/artifacts/${encodeURIComponent(hash.replace(/^artifact:/, ""))}`;
  }

  /** The workflow API: makes a scene of code, or a film of such scenes. */
  async generateVideo(wish: Wish, { signal }: CallOptions = {}): Promise<WorkflowStarted> {
    const answer = await this.#call("POST /api/workflows/generate-video", { json: wish, signal });
    return (await answer.json()) as WorkflowStarted;
  }

  /** The workflow API: where a run stands. */
  async workflowStatus(runId: string, { signal }: CallOptions = {}): Promise<WorkflowStatus> {
    const answer = await this.#call("GET /api/workflows/status", { query: { runId }, signal });
    return (await answer.json()) as WorkflowStatus;
  }

  async #json<C extends Call>(call: C, given: Given<C>): Promise<Calls[C]["answer"]> {
    const answer = await this.#call(call, given);
    return (await answer.json()) as Calls[C]["answer"];
  }

  async #call<C extends Call>(call: C, given: Given<C>): Promise<Response> {
    const [method, template] = call.split(" ") as [string, string];
    const fields = given.path as Record<string, string> | undefined;
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(fields?.[name] ?? ""));
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(given.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    const asked = query.toString();
    const address = `${this.#base}${path}${asked === "" ? "" : `?${asked}`}`;
    const headers = new Headers({ accept: given.accept ?? "application/json", ...given.headers });
    if (this.#token !== undefined) headers.set("authorization", `Bearer ${this.#token}`);
    const init: RequestInit = { method, headers, signal: given.signal ?? null };
    if (given.json !== undefined) {
      headers.set("content-type", "application/json");
      init.body = JSON.stringify(given.json);
    } else if (given.body !== undefined) {
      init.body = given.body;
    }
    let answer: Response;
    try {
      answer = await this.#fetch(address, init);
    } catch (error) {
      if (given.signal?.aborted) throw error;
      throw RetakeError.unreachable(this.#base || "this page's server", error);
    }
    if (!answer.ok) throw await RetakeError.of(answer);
    return answer;
  }
}

function made({ seed, until, allowFallback, retry }: MakeOptions) {
  return { query: { seed, until, allow_fallback: allowFallback, retry: retry && JSON.stringify(retry) } };
}

/** How something is asked for that is to be done once. */
function once({ idempotencyKey, tries = 4, retryMs = 250, signal }: BatchOptions) {
  const key = idempotencyKey ?? globalThis.crypto?.randomUUID?.();
  const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
  // Without a key nobody could tell a second try from a second film.
  return { headers, how: { tries: key === undefined ? 1 : tries, retryMs, signal } };
}

function bodyOf(plan: Plan, headers: Record<string, string> = {}) {
  const isText = typeof plan === "string";
  const kind = isText ? "application/yaml" : "application/json";
  return { body: isText ? plan : JSON.stringify(plan), headers: { ...headers, "content-type": kind } };
}
