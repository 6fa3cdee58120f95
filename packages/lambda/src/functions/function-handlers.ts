import type { Handlers } from "@fc/aws";
import type { LambdaOperations } from "../model.generated.ts";

/** The handlers of all operations of this package. */
export type LambdaHandlers = Handlers<LambdaOperations>;

/** One handler. */
export type LambdaHandler<Name extends keyof LambdaOperations> = NonNullable<LambdaHandlers[Name]>;
