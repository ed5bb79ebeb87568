// A run in a React component: `const { status, progress, result, error } = useRun(runId)`.
//
// Owns what a component is told and when. Everything that talks is the client's.

import { useEffect, useRef, useState } from "react";

import { type Output, Retake, RetakeError, type RetakeOptions, type RunBrief, type Steps, isOver } from "./client.js";
import type { WatchOptions } from "./watch.js";

/** What came of a run. */
export interface RunResult {
  /** Where the film is played from. */
  filmUrl: string;
  /** The film as it was delivered. */
  output: Output | null;
}

/** A run as a component sees it. */
export interface RunView {
  /** Where it stands: `idle` without a run, `loading` until something is known, then one of the server's seven words. */
  status: string;
  /** How far it is. */
  progress: Steps | null;
  /** The film, once there is one. */
  result: RunResult | null;
  /** What went wrong: with the run, or with asking for it. */
  error: RetakeError | null;
  /** All that is known of it. */
  run: RunBrief | null;
  /** Asks for it now. */
  refresh: () => Promise<void>;
}

/** How a run is looked at; either a client that is there, or where the server is. */
export interface UseRunOptions extends RetakeOptions, Pick<WatchOptions, "mode" | "retryMs"> {
  client?: Retake;
}

interface State {
  id: string | null;
  run: RunBrief | null;
  result: RunResult | null;
  error: RetakeError | null;
}

const nobody = async () => {};
const NOTHING: State = { id: null, run: null, result: null, error: null };

/** Watches a run for as long as the component shows it: also beyond its end, since it may be tried again. */
export function useRun(runId: string | null | undefined, options: UseRunOptions = {}): RunView {
  const id = runId ?? null;
  const [state, set] = useState<State>(NOTHING);
  const ask = useRef<() => Promise<void>>(nobody);
  // It stays the same, so that effects may depend on it.
  const [refresh] = useState(() => () => ask.current());
  const { client: given, baseUrl, token, fetch, mode, retryMs } = options;

  useEffect(() => {
    if (id === null) return;
    const client = given ?? new Retake(defined({ baseUrl, token, fetch }));
    const ended = new AbortController();
    const show = async (run: RunBrief) => {
      const told = isOver(run.status) ? await end(client, run, ended.signal) : { result: null, error: null };
      if (!ended.signal.aborted) set({ id, run, ...told });
    };
    const fail = (error: unknown) => {
      if (ended.signal.aborted) return;
      const told = error instanceof RetakeError ? error : unexpected(error);
      set((before) => ({ ...(before.id === id ? before : NOTHING), id, error: told }));
    };
    ask.current = () => client.get(id, { signal: ended.signal }).then(show).catch(fail);
    const look = async () => {
      const how = defined({ mode, retryMs });
      for await (const { run } of client.watch(id, { ...how, until: "never", signal: ended.signal })) await show(run);
    };
    look().catch(fail);
    return () => {
      ask.current = nobody;
      ended.abort();
    };
  }, [id, given, baseUrl, token, fetch, mode, retryMs]);

  // What was known of another run is not shown for this one.
  const { run, result, error } = state.id === id ? state : NOTHING;
  const unknown = id === null ? "idle" : error === null ? "loading" : "failed";
  return {
    status: run?.status ?? unknown,
    progress: run?.progress ?? null,
    result,
    error,
    run,
    refresh,
  };
}

/** What came of a run that is over. */
async function end(client: Retake, run: RunBrief, signal: AbortSignal): Promise<Pick<State, "result" | "error">> {
  if (run.status === "cancelled") return { result: null, error: failed("cancelled", "the run was cancelled") };
  const full = await client.getFull(run.run, { signal });
  if (run.status === "failed") {
    const reason = full.reason ?? "unknown";
    return { result: null, error: failed(reason, `the film was not made: ${reason}`) };
  }
  return { result: { filmUrl: client.filmUrl(run.run), output: full.output ?? null }, error: null };
}

function failed(code: string, message: string): RetakeError {
  return new RetakeError({ code, status: 200, message, hint: "`retry` tries again what failed" });
}

function unexpected(cause: unknown): RetakeError {
  return new RetakeError({ code: "unexpected", status: 0, message: String(cause), cause });
}

/** Without what was not said. */
function defined<T extends object>(fields: T): { [N in keyof T]?: Exclude<T[N], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
