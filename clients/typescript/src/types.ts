// Written by `npm run generate` out of docs/openapi.json. Not to be edited.

/** Runs that were begun together. */
export type Batch = {
  /** The batch's id. */
  batch: string;
  /** How many of them are over. */
  ended: number;
  /** One for each plan, in their order. */
  runs: RunBrief[];
};

/** The cap of a run. */
export type Budget = {
  /** What it may spend in all. */
  usd: string;
};

/** How a run is stopped. */
export type Cancel = {
  /** Cancel paid work at its providers as well, instead of letting it finish. */
  now?: boolean;
};

/** The money of a run. */
export type Cost = {
  /** What it may spend. */
  cap_usd: string;
  /** What open takes may still cost. */
  reserved_usd: string;
  /** What reused outputs cost when they were made. */
  saved_by_reuse_usd: string;
  /** What providers charged. */
  settled_usd: string;
  /** What may have been charged and will never be known. */
  written_off_usd: string;
};

/** A run that was created. */
export type Created = {
  /** Its id. */
  run: string;
  /** Where it is looked at. */
  url: string;
  /** What the plan's writer should know. */
  warnings: Notice[];
};

/** Where a film that was delivered can be fetched. */
export type Delivered = {
  /** When the address is no longer good, in milliseconds since 1970; null where it stays. */
  expires?: number | null;
  /** Of one in a store, an address for anybody who has it, until it expires; else an address of this server. */
  url: string;
};

/** Events of a run. */
export type Events = {
  /** In their order. */
  events: Record<string, unknown>[];
  /** The `after` of those that follow, if there are more. */
  next?: number | null;
};

/** How scenes are put together. */
export type MergeOptions = {
  /** Whether one passes over into the next. */
  addTransitions?: boolean | null;
  /** For how many seconds. */
  transitionDuration?: number | null;
};

/** A node. */
export type NodeRun = {
  /** The class of its last failure, while it is not made. */
  fault?: string | null;
  /** Its name. */
  id: string;
  /** The entry of its route that made it, makes it or is next. */
  model?: string | null;
  /** Where it stands: one of five words. */
  state: string;
  /** Its takes, the first one first. */
  takes: TakeRun[];
};

/** What a plan's writer should know. */
export type Notice = {
  /** The way out. */
  hint?: string | null;
  /** The scene it is about. */
  scene?: string | null;
  /** What it is. */
  what: string;
  /** The rule behind it. */
  why: string;
};

/** A notice as lists show it. */
export type NoticeSent = {
  /** Where it goes. */
  address: string;
  /** When it was written, in milliseconds since 1970. */
  created: number;
  /** When it was received. */
  delivered?: number | null;
  /** Its id, the same however often it is sent. */
  id: string;
  /** What it says, such as `run.completed`. */
  kind: string;
  /** When it is sent next; nothing where that is over. */
  next?: number | null;
  /** The run it is about. */
  run: string;
  /** What came back last. */
  said?: string | null;
  /** How often it was sent. */
  tries: number;
};

/** Notices, the newest first. */
export type Notices = {
  /** These, 200 at the most. */
  notices: NoticeSent[];
};

/** The film as it was delivered. */
export type Output = {
  /** Where its manifest is. */
  manifest?: string | null;
  /** Where it is. */
  path?: string | null;
  /** How long it is. */
  seconds?: number | null;
  /** The hash of its bytes. */
  sha256?: string | null;
};

/** Which take is gone back to. */
export type Pick = {
  /** The take, such as `storm/video/1`. */
  take: string;
};

/** Plans, each as an object or as the text of one. */
export type Plans = {
  /** Whether local makers may stand in where a key is missing. */
  allow_fallback?: boolean;
  /** At least one, and 100 at the most. */
  plans: Record<string, unknown>[];
};

/** The end of a call that was not done. */
export type Problem = {
  /** Its code, which stays the same. */
  code: string;
  /** What, where and why. */
  detail: string;
  /** What of the request it is about. */
  field?: string | null;
  /** The call or command that helps. */
  hint?: string | null;
  /** Everything that is wrong with a plan. */
  mistakes?: Wrong[];
  /** After how many seconds it is worth asking again. */
  retry_after?: number | null;
  /** The status of the answer. */
  status: number;
  /** The same for people. */
  title: string;
  /** What kind of problem it is: `urn:retake:problem:CODE`. */
  type: string;
};

/** How far a run is. */
export type Progress = {
  /** How many steps were made. */
  completed_steps: number;
  /** The share of the steps that were made, in whole percent, rounded down. */
  percentage: number;
  /** Its stage. */
  stage: string;
  /** The number of the stage, from 1. */
  stage_number: number;
  /** How many stages there are. */
  stages: number;
  /** How many steps there are. */
  total_steps: number;
};

/** What a plan would make and cost. */
export type Quote = {
  /** What it may cost. */
  cap_usd: string;
  /** What it will probably cost. */
  expected_usd: string;
  /** The title of the film. */
  film: string;
  /** Models that would make something and have no key here: it would be refused. */
  keyless: Notice[];
  /** How many are made. */
  make: number;
  /** How many steps are reused. */
  reuse: number;
  /** Step by step. */
  steps: Step[];
  /** What the plan's writer should know. */
  warnings: Notice[];
  /** What it can cost at the most. */
  worst_usd: string;
};

/** What is read of a journal. */
export type Read = Events | Run;

/** What is made anew. */
export type Redo = {
  /** By another model, which is asked first; whoever was asked so far comes after it. */
  model?: string | null;
  /** A scene, a shot of it, a step: `storm`, `lamp.2`, `lamp/video`. */
  what: string;
  /** In other words: those of its picture, or what is said in it where `what` is its voice. */
  words?: string | null;
};

/** Nothing was begun: some plans cannot be made. */
export type Refused = {
  /** `invalid-batch`. */
  code: string;
  /** What is wrong. */
  detail: string;
  /** One for each plan, in their order: what is wrong with it, or null. */
  items: (Problem | null)[];
  /** The status of the answer. */
  status: number;
};

/** What becomes of a held take: exactly one of the three. */
export type Resolve = {
  /** Write it off and go on without it. */
  abandon?: boolean;
  /** It is this work at the provider: its id there. */
  adopt?: string | null;
  /** Write it off and make it again: the risk of paying twice is accepted. */
  resend?: boolean;
  /** The take, such as `storm/video/1`. */
  take: string;
};

/** The summary of a run. */
export type Run = {
  /** Its money. */
  cost: Cost;
  /** How long it was at work. */
  elapsed_s: number;
  /** The title of the film. */
  film: string;
  /** Its items, by the five words. */
  items: Record<string, number>;
  output?: Output | null;
  /** How far it is. */
  progress: Progress;
  /** Why it is paused, or the class of what it failed by. */
  reason?: string | null;
  /** Its id. */
  run: string;
  /** Its scenes, in the order of the plan. */
  scenes: SceneRun[];
  /** Where it stands: one of seven words. */
  status: string;
};

/** A run as lists show it. */
export type RunBrief = {
  /** When something was last written down of it, in milliseconds since 1970. */
  changed: number;
  /** Its money. */
  cost: Cost;
  /** When it was created, in milliseconds since 1970. */
  created: number;
  /** The title of the film. */
  film: string;
  /** The run that makes the film whose scenes this one has written; told where one run is asked for. */
  film_run?: string | null;
  /** Its items, by the five words, and how many of them were reused. */
  items: Record<string, number>;
  /** How far it is. */
  progress: Steps;
  /** Why it is paused. */
  reason?: string | null;
  /** Its id. */
  run: string;
  /** The number of its last event. */
  seq: number;
  /** Where it stands. */
  status: string;
};

/** A run in full. */
export type RunFull = Run & ({
  /** When something was last written down of it, in milliseconds since 1970. */
  changed: number;
  /** When it was created, in milliseconds since 1970. */
  created: number;
  /** The run that makes the film whose scenes this one has written. */
  film_run?: string | null;
  /** The number of its last event. */
  seq: number;
  /** What its nodes wait for, while somebody carries it. */
  waits?: Record<string, unknown> | null;
});

export type RunSeen = RunFull | RunBrief;

/** Some runs, the newest first. */
export type Runs = {
  /** The `cursor` of those after them, if there are more. */
  next?: string | null;
  /** These. */
  runs: RunBrief[];
};

/** A scene. */
export type SceneRun = {
  /** Its id. */
  id: string;
  /** Its nodes. */
  nodes: NodeRun[];
  /** Where it stands: one of five words. */
  state: string;
};

/** A scene of a film. */
export type SceneWish = {
  /** What it is called. */
  name: string;
  /** Where it stands. */
  order?: number | null;
  /** What is to be seen. */
  prompt: string;
};

/** What notices are signed with. */
export type Secret = {
  /** `whsec_` and the secret itself in Base64. */
  secret: string;
};

/** What would become of a step. */
export type Step = {
  /** What it will probably cost. */
  expected_usd: string;
  /** `reuse` or `make`. */
  fate: string;
  /** By which model. */
  model?: string | null;
  /** Its node. */
  node: string;
  /** Its scene. */
  scene?: string | null;
  /** What is done. */
  step: string;
  /** What it can cost at the most. */
  worst_usd: string;
};

/** How far a run is. */
export type Steps = {
  /** How many steps were made. */
  completed_steps: number;
  /** The share of them, in whole percent. */
  percentage: number;
  /** How many there are. */
  total_steps: number;
};

/** A take. */
export type TakeRun = {
  /** What was booked for it. */
  cost_usd: string;
  /** The class of what it failed by. */
  fault?: string | null;
  /** The entry that made it. */
  model?: string | null;
  /** Its number, from 1. */
  n: number;
  /** `kept`, `spare`, `failed`, `written_off`, `held`, `unclear` or `open`. */
  outcome: string;
  /** The provider's id of it. */
  ticket?: string | null;
};

/** A file that was taken. */
export type Taken = {
  /** What a plan calls it: `artifact:HASH`. */
  artifact: string;
  /** How large it is. */
  bytes: number;
  /** How many it is high. */
  height?: number | null;
  /** What it is. */
  media_type: string;
  /** How long it lasts; nothing for a picture. */
  seconds?: number | null;
  /** Where it can be looked at. */
  url: string;
  /** How many pixels it is wide. */
  width?: number | null;
};

/** What is to be made. */
export type Wish = {
  /** What else there is to know. */
  context?: Record<string, unknown> | null;
  mode: "single";
  /** What is to be seen. */
  prompt: string;
  /** What it is called. */
  sceneName?: string | null;
} | {
  mergeOptions?: MergeOptions | null;
  mode: "multi";
  /** Its scenes. */
  scenes: SceneWish[];
  /** What it is called. */
  title: string;
};

/** One mistake in a plan. */
export type Wrong = {
  /** The column, from 1. */
  column: number;
  /** The way out. */
  hint: string;
  /** The line, from 1. */
  line: number;
  /** What is wrong. */
  what: string;
  /** The rule that it breaks. */
  why: string;
};

/** Every call of the API, by its method and address. */
export interface Calls {
  /** A stored file, by the SHA-256 of its content. */
  "GET /api/artifacts/{hash}": {
    path: {
      /** 64 hexadecimal digits */
      hash: string;
    };
    header: {
      /** A part of it */
      Range?: string | null;
    };
    answer: string;
  };
  /** Begin a film of each plan. All of them are looked at first: if one cannot be made, none is begun. */
  "POST /api/batches": {
    query: {
      /**
       * How patiently steps are tried in all of these runs, over what their plans say: as a plan's `retry`, such as
       * `{"video":{"attempts":5}}`. What is to count for one of them alone is said in its plan.
       */
      retry?: string;
    };
    header: {
      /** Makes it once */
      "Idempotency-Key"?: string | null;
    };
    body: Plans;
    answer: Batch;
  };
  /** Look at a batch. */
  "GET /api/batches/{batch}": {
    path: {
      /** Its id */
      batch: string;
    };
    answer: Batch;
  };
  /**
   * Send a picture, a clip or a sound.
   *
   * The body is the file itself, 512 MiB at the most. What it is, is told by its content.
   */
  "POST /api/files": {
    body: string;
    answer: Taken;
  };
  /**
   * A provider says that something has changed.
   *
   * The address was given to the provider with its work. What it signs is held against the body as it came; what became
   * of the work is asked for in any case.
   */
  "POST /api/hooks/{provider}/{token}": {
    path: {
      /** Who calls */
      provider: string;
      /** What the work is known by */
      token: string;
    };
    body: string;
    answer: unknown;
  };
  /** What was told by `notify`, and what became of it. */
  "GET /api/notices": {
    query: {
      /** Those about this run. */
      run?: string;
    };
    answer: Notices;
  };
  /** The secret that notices are signed with, by the scheme of Standard Webhooks. */
  "GET /api/notices/secret": {
    answer: Secret;
  };
  /** Send a notice again. */
  "POST /api/notices/{notice}/replay": {
    path: {
      /** Its id */
      notice: string;
    };
    answer: unknown;
  };
  /** This description. */
  "GET /api/openapi.json": {
    answer: Record<string, unknown>;
  };
  /** What making this film would do and cost. Nothing is spent. */
  "POST /api/quotes": {
    query: {
      /** Where its randomness starts, instead of the plan's seed. */
      seed?: number;
      /** Pause when all voices or pictures are there: `voice` or `storyboard`. */
      until?: string;
      /** Whether local makers may stand in where a key is missing. */
      allow_fallback?: boolean;
      /** How patiently steps are tried in this run, over what the plan says: as its `retry`, such as `{"video":{"attempts":5}}`. */
      retry?: string;
    };
    body: Record<string, unknown> | string;
    answer: Quote;
  };
  /** List runs, the newest first. */
  "GET /api/runs": {
    query: {
      /** Those that stand there: `queued`, `running`, `paused`, `completed`, `partial`, `failed`, `cancelled`. */
      status?: string;
      /** Where the list before ended: its `next`. */
      cursor?: string;
      /** How many, 200 at the most. */
      limit?: number;
    };
    answer: Runs;
  };
  /**
   * Make a film of a plan.
   *
   * With an `Idempotency-Key` it is made once, however often that is asked for in the same words.
   */
  "POST /api/runs": {
    query: {
      /** Where its randomness starts, instead of the plan's seed. */
      seed?: number;
      /** Pause when all voices or pictures are there: `voice` or `storyboard`. */
      until?: string;
      /** Whether local makers may stand in where a key is missing. */
      allow_fallback?: boolean;
      /** How patiently steps are tried in this run, over what the plan says: as its `retry`, such as `{"video":{"attempts":5}}`. */
      retry?: string;
    };
    header: {
      /** Makes it once */
      "Idempotency-Key"?: string | null;
    };
    body: Record<string, unknown> | string;
    answer: Created;
  };
  /** Look at a run. */
  "GET /api/runs/{run}": {
    path: {
      /** Its id */
      run: string;
    };
    query: {
      /** `nodes` for all of it: scenes, nodes, takes. */
      include?: string;
      /** Wait so long at the most, such as `60s`, until something has changed. */
      wait?: string;
      /** The change waited for is one after this event; else after the last one. */
      seq?: number;
    };
    answer: RunSeen;
  };
  /** Set the cap of a run, over that of its plan. */
  "POST /api/runs/{run}/budget": {
    path: {
      /** Its id */
      run: string;
    };
    body: Budget;
    answer: RunBrief;
  };
  /** Stop a run. */
  "POST /api/runs/{run}/cancel": {
    path: {
      /** Its id */
      run: string;
    };
    body: Cancel | null;
    answer: RunBrief;
  };
  /**
   * Where the film of a run can be fetched: from the store it was delivered to, by whoever has the address, for an hour.
   *
   * The address is a secret until it expires. A film in a folder is fetched from this server.
   */
  "GET /api/runs/{run}/delivery": {
    path: {
      /** Its id */
      run: string;
    };
    answer: Delivered;
  };
  /** Watch a run: its events, those that were and those to come. */
  "GET /api/runs/{run}/events": {
    path: {
      /** Its id */
      run: string;
    };
    query: {
      /** After this event; else from the beginning. `Last-Event-ID` counts more. */
      after?: number;
    };
    header: {
      /** Goes on after this event */
      "Last-Event-ID"?: number | null;
    };
    answer: string;
  };
  /** The film of a run. */
  "GET /api/runs/{run}/film": {
    path: {
      /** Its id */
      run: string;
    };
    header: {
      /** A part of it */
      Range?: string | null;
    };
    answer: string;
  };
  /** Read the journal of a run; with `at`, see the run as it was then. */
  "GET /api/runs/{run}/history": {
    path: {
      /** Its id */
      run: string;
    };
    query: {
      /** Those after this one. */
      after?: number;
      /** How many, 5000 at the most. */
      limit?: number;
      /** Not the events, but the run as it was after this one. */
      at?: number;
    };
    answer: Read;
  };
  /** What a film was made of: every scene, every take, every hash. */
  "GET /api/runs/{run}/manifest": {
    path: {
      /** Its id */
      run: string;
    };
    answer: Record<string, unknown>;
  };
  /** Go back to an earlier take that was kept. It costs nothing. */
  "POST /api/runs/{run}/pick": {
    path: {
      /** Its id */
      run: string;
    };
    body: Pick;
    answer: RunBrief;
  };
  /**
   * Make a scene anew, or a part of it.
   *
   * With other `words` or another `model` its plan is edited, and a new run takes the place of this one: all else is reused.
   * The same again comes to the same run. Of a plan that is somebody's own file a copy is edited.
   */
  "POST /api/runs/{run}/redo": {
    path: {
      /** Its id */
      run: string;
    };
    body: Redo;
    answer: RunBrief | Created;
  };
  /** Decide about a take whose answer was lost and that nobody can find. */
  "POST /api/runs/{run}/resolve": {
    path: {
      /** Its id */
      run: string;
    };
    body: Resolve;
    answer: RunBrief;
  };
  /** Go on with a run. */
  "POST /api/runs/{run}/resume": {
    path: {
      /** Its id */
      run: string;
    };
    answer: RunBrief;
  };
  /** Try everything that failed again. */
  "POST /api/runs/{run}/retry": {
    path: {
      /** Its id */
      run: string;
    };
    answer: RunBrief;
  };
  /** Make a scene of code, or a film of such scenes. They cannot be made yet: it says so, and makes nothing. */
  "POST /api/workflows/generate-video": {
    body: Wish;
    answer: unknown;
  };
  /** Where a run stands, in the words of this API. */
  "GET /api/workflows/status": {
    query: {
      /** Its id. */
      runId: string;
    };
    answer: Record<string, unknown>;
  };
  /** Whether the process lives. */
  "GET /healthz": {
    answer: string;
  };
  /** Figures for Prometheus. It takes the scope `admin`. */
  "GET /metrics": {
    answer: string;
  };
  /** Whether it takes new work. */
  "GET /readyz": {
    answer: string;
  };
}
