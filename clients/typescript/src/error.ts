// What went wrong, as data: a code that stays the same, what helps, and the status of the answer.
//
// Owns how an answer that is no success becomes an error, whatever its form.

import type { Problem, Wrong } from "./types.js";

/** Codes for answers that carry none of their own. */
const CODES: Record<number, string> = {
  400: "invalid-request",
  401: "unauthorized",
  402: "refused",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  413: "too-large",
  415: "wrong-media-type",
  422: "invalid-request",
  429: "too-many",
  501: "cannot-be-made",
  503: "leaving",
};

/** Statuses after which the same call may succeed. */
const PASSING = [0, 408, 429, 502, 503, 504];

/** A call that was not done. */
export class RetakeError extends Error {
  override readonly name = "RetakeError";
  /** The code, which stays the same: branch on it. `unreachable` where nobody answered. */
  readonly code: string;
  /** The status of the answer; 0 where there was none. */
  readonly status: number;
  /** The call or command that helps. */
  readonly hint: string | undefined;
  /** What of the request it is about. */
  readonly field: string | undefined;
  /** Everything that is wrong with a plan. */
  readonly mistakes: readonly Wrong[];
  /** After how many milliseconds it is worth asking again. */
  readonly retryAfterMs: number | undefined;

  constructor(told: {
    code: string;
    status: number;
    message: string;
    hint?: string | null | undefined;
    field?: string | null | undefined;
    mistakes?: readonly Wrong[] | undefined;
    retryAfterMs?: number | undefined;
    cause?: unknown;
  }) {
    super(told.message, told.cause === undefined ? undefined : { cause: told.cause });
    this.code = told.code;
    this.status = told.status;
    this.hint = told.hint ?? undefined;
    this.field = told.field ?? undefined;
    this.mistakes = told.mistakes ?? [];
    this.retryAfterMs = told.retryAfterMs;
  }

  /** Whether the same call may succeed later. */
  get isPassing(): boolean {
    return PASSING.includes(this.status);
  }

  /** The error that an answer tells of. */
  static async of(answer: Response): Promise<RetakeError> {
    const { status } = answer;
    const told = await answer.json().catch(() => undefined);
    const is = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
    const code = CODES[status] ?? "unexpected";
    if (is(told) && typeof told["code"] === "string") {
      const problem = told as unknown as Problem;
      const seconds = problem.retry_after ?? undefined;
      return new RetakeError({
        ...problem,
        status,
        message: problem.detail,
        retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
      });
    }
    // The workflow API has a form of its own.
    const message = is(told) && typeof told["error"] === "string" ? told["error"] : `the server answered ${status}`;
    return new RetakeError({ code, status, message });
  }

  /** That nobody answered. */
  static unreachable(address: string, cause: unknown): RetakeError {
    const message = `nobody answers at ${address}`;
    return new RetakeError({ code: "unreachable", status: 0, message, hint: "is `retake serve` running there?", cause });
  }
}
