import { randomUUID } from "node:crypto";
import { type Clock, type Deferred, deferred } from "@fc/core";
import type { CodePackage, Invocation } from "../backend/index.ts";
import { Extension, type ExtensionEventType, type ExtensionPoll } from "./extension.ts";

/** AWS's limit for one environment. */
const maxExtensions = 10;
/** How long extensions may take to shut down. AWS: 2 s where there are external ones. */
const shutdownMs = 2_000;
/** How long one that announced its end may take for it. */
const announcedEndMs = 1_000;

const programs = /^\/opt\/extensions\/([^/]+)$/;

/** The names of the external extensions in the code: the files of `/opt/extensions`. */
export function externalExtensions(code: CodePackage): readonly string[] {
  return code.files.flatMap(({ path, link }) => {
    const name = programs.exec(path)?.[1];
    return name !== undefined && link === undefined ? [name] : [];
  });
}

/** Why a request of an extension is refused: AWS's error type and message. */
export class ExtensionRefusal {
  readonly errorType: string;
  readonly message: string;

  constructor(errorType: string, message: string) {
    this.errorType = errorType;
    this.message = message;
  }
}

/**
 * The extensions of one environment. External ones are programs in `/opt/extensions`, started before the runtime and known by
 * their file's name; internal ones register from within the runtime's process. It knows nothing of HTTP.
 */
export class Extensions {
  readonly #clock: Clock;
  readonly #onIdle: () => void;
  readonly #byId = new Map<string, Extension>();
  readonly #complete: Deferred<void> = deferred();
  #expected: readonly string[] = [];
  #open = true;

  /** @param onIdle told whenever no extension is at work any more */
  constructor(options: { readonly clock: Clock; readonly onIdle: () => void }) {
    this.#clock = options.clock;
    this.#onIdle = options.onIdle;
  }

  /** The external extensions that the code brings, by name. */
  get expected(): readonly string[] {
    return this.#expected;
  }

  expect(names: readonly string[]): void {
    this.#expected = names;
    this.#checkComplete();
  }

  /** Resolves when every external extension has registered: the runtime may start. */
  get complete(): Promise<void> {
    return this.#complete.promise;
  }

  /** The external extensions that have not registered. */
  get missing(): readonly string[] {
    return this.#expected.filter((name) => this.#named(name) === undefined);
  }

  /** Whether one is still starting or at work: the environment is not ready for an event then. */
  get busy(): boolean {
    return this.missing.length > 0 || [...this.#byId.values()].some((one) => one.busy);
  }

  /** The init phase is over: nobody may register any more, and nobody waits for it. */
  close(): void {
    this.#open = false;
    this.#complete.resolve();
  }

  register(name: string, events: readonly string[]): Extension | ExtensionRefusal {
    const external = this.#expected.includes(name);
    const wrong = events.find((event) => event !== "INVOKE" && (event !== "SHUTDOWN" || !external));
    if (wrong !== undefined) {
      const why = wrong === "SHUTDOWN" ? "not supported for internal extensions" : "invalid event type";
      return new ExtensionRefusal("Extension.InvalidEventType", `${wrong}: ${why}`);
    }
    if (this.#named(name) !== undefined)
      return new ExtensionRefusal("Extension.InvalidExtensionState", "Extension with this name already registered");
    if (!this.#open)
      return new ExtensionRefusal("Extension.RegistrationClosed", "Extension registration closed already");
    if (this.#byId.size >= maxExtensions)
      return new ExtensionRefusal("Extension.TooManyExtensions", `Extension limit (${maxExtensions}) reached`);
    const made = new Extension(randomUUID(), name, external, new Set(events as readonly ExtensionEventType[]));
    this.#byId.set(made.id, made);
    this.#checkComplete();
    return made;
  }

  /** It says that it cannot start or go on, and ends then. @param late called when it does not end soon */
  announce(extension: Extension, errorType: string, late: () => void): void {
    extension.announced = errorType;
    // One inside the runtime has no end of its own.
    if (extension.external) void extension.gone.then(this.#clock.after(announcedEndMs, late));
    else late();
  }

  /** It has ended. Gives what it announced, if it did. */
  ended(name: string): string | undefined {
    const extension = this.#named(name);
    extension?.exits();
    return extension?.announced;
  }

  find(id: string): Extension | undefined {
    return this.#byId.get(id);
  }

  /** The extension waits for its next event: what it had is done. */
  next(extension: Extension, poll: ExtensionPoll): void {
    extension.next(poll);
    if (!this.busy) this.#onIdle();
  }

  /** Tells all that want to know of an invocation. */
  invoke({ requestId, deadlineMs, invokedFunctionArn, traceId = "" }: Invocation): void {
    const tracing = { type: "X-Amzn-Trace-Id", value: traceId } as const;
    const event = { eventType: "INVOKE", deadlineMs, requestId, invokedFunctionArn, tracing } as const;
    for (const one of this.#byId.values()) one.tell(event);
  }

  /** All that have registered. */
  get all(): readonly Extension[] {
    return [...this.#byId.values()];
  }

  /** Whether one has registered. */
  get any(): boolean {
    return this.#byId.size > 0;
  }

  /**
   * Tells all that want to know of the end, and gives them time. Resolves when they and the runtime have ended, or when the time
   * is up.
   */
  async shutDown(shutdownReason: "spindown" | "timeout" | "failure", runtimeEnd: Promise<void>): Promise<void> {
    const event = { eventType: "SHUTDOWN", shutdownReason, deadlineMs: this.#clock.now() + shutdownMs } as const;
    const told = [...this.#byId.values()].filter((one) => one.tell(event));
    const { promise: late, resolve } = deferred<void>();
    const cancel = this.#clock.after(shutdownMs, resolve);
    await Promise.race([late, Promise.all([runtimeEnd, ...told.map((one) => one.gone)])]);
    cancel();
  }

  #named(name: string): Extension | undefined {
    return [...this.#byId.values()].find((one) => one.name === name);
  }

  #checkComplete(): void {
    if (this.missing.length === 0) this.#complete.resolve();
  }
}
