// The real server in a folder of its own, for tests.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env["RETAKE"] ?? fileURLToPath(new URL("../../../../target/debug/retake", import.meta.url));

/** A server that is there until it is stopped. */
export class Server {
  #child: ChildProcess | undefined;
  #folder: string;
  /** Where it answers. */
  url = "";

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), "retake-client-")));
    await server.#listen("127.0.0.1:0");
    return server;
  }

  async #listen(address: string): Promise<void> {
    const { PATH = "" } = process.env;
    const child = spawn(PROGRAM, ["serve", "--listen", address, "--json", "--quiet"], {
      cwd: this.#folder,
      // Nothing of whoever tests: no key, no setting.
      env: { PATH, HOME: join(this.#folder, "home"), XDG_RUNTIME_DIR: this.#folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      lines.push(line);
      const said = lines.join("\n");
      if (line.endsWith("}")) {
        this.url = (JSON.parse(said) as { url: string }).url;
        return;
      }
    }
    throw new Error(`the server did not start: ${lines.join("\n")}; hint: cargo build -p retake`);
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  /** Kills it, without a word. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Starts it again where it was. */
  async again(): Promise<void> {
    await this.#listen(new URL(this.url).host);
  }

  async stop(): Promise<void> {
    await this.#end("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A film that needs no key and is small. */
export function cards(film: string, scenes = ["One", "Two"]): Record<string, unknown> {
  return { film, size: "320x180", scenes: scenes.map((title) => ({ title, seconds: 1 })) };
}

/** One that can be paused for its pictures. */
export function stills(film: string, count = 2): Record<string, unknown> {
  const still = (_: unknown, ix: number) => ({ still: `a lighthouse at dusk, number ${ix}`, seconds: 1 });
  return { film, size: "320x180", scenes: Array.from({ length: count }, still) };
}
