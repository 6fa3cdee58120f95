import type { Logger } from "@fc/core";
import type { ServerSettings } from "../settings.ts";
import { findHooks } from "./find-hooks.ts";
import { runHook } from "./run-hook.ts";

export interface InitHooksOptions {
  /** Where AWS is. */
  readonly url: string;
  /** The server's; hooks are handed it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly settings: Pick<ServerSettings, "region" | "initTimeoutSeconds">;
  readonly logger: Logger;
}

/** Sets up what is to be there before the server counts as ready: the programs of a folder, one after the other. */
export class InitHooks {
  readonly #folder: string;
  #running: string | undefined = "The init hooks have not run yet";

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What readiness waits for; undefined once all are done. */
  get running(): string | undefined {
    return this.#running;
  }

  /** @throws FcError `FC_SERVER_INIT_FAILED`: those after the one that failed do not run */
  async run({ url, environment, settings, logger }: InitHooksOptions): Promise<void> {
    const { region, initTimeoutSeconds } = settings;
    const handed = {
      ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
      ...environment,
      AWS_ENDPOINT_URL: url,
    };
    for (const hook of await findHooks(this.#folder)) {
      this.#running = `The init hook ${hook.name} runs`;
      logger.info({ hook: hook.name }, "an init hook begins");
      await runHook(hook, { environment: handed, timeoutMs: initTimeoutSeconds * 1_000, logger });
    }
    this.#running = undefined;
  }
}
