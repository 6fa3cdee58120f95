import type { Clock } from "@fc/core";
import type { EnvironmentEnd } from "../backend/index.ts";
import type { FunctionError, RuntimeExit } from "./function-error.ts";
import type { Lives } from "./lives.ts";
import type { EndReport } from "./runtime-session.ts";

/** How long an end may take to explain itself once the connection is gone. The kubelet needs up to 2.2 s. */
const explanationMs = 2_500;
/** How long a runtime may take to end once it has told that its init phase failed. */
const lastWordsMs = 2_000;
const killedExitCode = 137;

/** Who acts on an end. */
export interface EndHandler {
  readonly state: () => "starting" | "started" | "reset" | "ended";
  /** The runtime ended, and it was the function's doing. */
  readonly failed: (end: EnvironmentEnd, exit: RuntimeExit) => void;
  /** The runtime told that its init phase failed, and has ended. */
  readonly initFailed: (end: EnvironmentEnd, error: FunctionError) => void;
  /** The environment ended. */
  readonly gone: (end: EnvironmentEnd, exit: RuntimeExit) => void;
}

/** Puts together what several sides tell of an end: the runtime's connections, its supervisor, the cluster. */
export class Ending {
  readonly #clock: Clock;
  readonly #lives: Lives;
  readonly #handler: EndHandler;
  /** Whether a supervisor in the environment holds a connection of its own, and reports how the runtime ends. */
  isSupervised = false;
  #cancelExplanation: (() => void) | undefined;
  /** Of a runtime that has told why it ends. */
  #lastWords: { readonly over: () => void; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, lives: Lives, handler: EndHandler) {
    this.#clock = clock;
    this.#lives = lives;
    this.#handler = handler;
  }

  /** The connection of a waiting runtime is gone. Without a supervisor to report the exit, that is the end. */
  pollClosed(): void {
    if (!this.isSupervised) this.connectionLost();
  }

  connectionLost(): void {
    this.#explainWithin({ reason: this.#wordless("exited"), detail: "the runtime's connection closed" }, {});
  }

  /** Whether the runtime has told that its init phase failed, and has not ended yet. */
  get isAnnounced(): boolean {
    return this.#lastWords !== undefined;
  }

  /**
   * The runtime tells that its init phase failed. As on AWS it ends by itself, and what it writes until then is in its log: Node.js
   * reports the exception that its client throws once more. False when it has told before.
   */
  initFailed(error: FunctionError): boolean {
    if (this.isAnnounced) return false;
    const end: EnvironmentEnd = { reason: "exited", detail: `the init phase failed with ${error.errorType}` };
    const over = (): void => this.#handler.initFailed(end, error);
    if (this.isSupervised) this.#lastWords = { over, cancel: this.#clock.after(lastWordsMs, over) };
    else over();
    return true;
  }

  /** The supervisor tells how the runtime ended. */
  exited(exit: RuntimeExit): void {
    if (!this.#lives.exited()) return;
    if (this.#lastWords !== undefined) {
      this.#lastWords.over();
      return;
    }
    const end: EnvironmentEnd = { reason: "exited", detail: `the runtime exited with status ${exit.exitCode}` };
    const { init, isFirst } = this.#lives.current;
    if (!isFirst && !init.begun) this.#handler.gone({ ...end, reason: "lost" }, exit);
    // Only the cluster may know whether it was the memory limit that killed it.
    else if (exit.exitCode === killedExitCode && exit.oomKilled === undefined) this.#explainWithin(end, exit);
    else this.#handler.failed(end, exit);
  }

  environmentEnded(end: EndReport): void {
    const reason = end.oomKilled === true ? end.reason : this.#wordless(end.reason);
    this.#handler.gone({ reason, detail: end.detail }, end);
  }

  /** Nothing more needs to be explained. */
  settled(): void {
    this.#cancelExplanation?.();
    this.#cancelExplanation = undefined;
    this.#lastWords?.cancel();
    this.#lastWords = undefined;
  }

  /** A runtime that ends in its init phase is reported by its supervisor. When both go without a word, it was not the function. */
  #wordless(reason: EnvironmentEnd["reason"]): EnvironmentEnd["reason"] {
    const isSilent = this.#handler.state() === "starting" && this.isSupervised && !this.#lives.current.hasExited;
    return reason === "exited" && isSilent ? "lost" : reason;
  }

  #explainWithin(end: EnvironmentEnd, exit: RuntimeExit): void {
    if (this.#handler.state() === "ended") return;
    this.#cancelExplanation ??= this.#clock.after(explanationMs, () => this.#handler.failed(end, exit));
  }
}
