import { K8sTagError } from "@fc/k8s";
import type { FunctionSpec } from "@fc/lambda/backend";
import type { LambdaK8sSettings } from "./settings.ts";

/**
 * How an environment gets its code and its events:
 * - `gate`: code comes through a gate, then the runtime dials the Runtime API. For functions that are zips.
 * - `image`: the container image has the code, and its runtime client dials the Runtime API.
 * - `rie`: the Runtime Interface Emulator in the image listens on port 8080, and this server dials it.
 */
export type Transport = "gate" | "image" | "rie";

/** Tag of functions whose image holds nothing but the emulator, which nobody can tell from outside. */
export const transportTag = "fakecloud-k8s/transport";

/**
 * The function's tag decides, else the setting.
 * @throws K8sTagError for another value than `runtime-api` and `rie`
 */
export function transportOf({ tags, image }: FunctionSpec, settings: Pick<LambdaK8sSettings, "transport">): Transport {
  const asked = tags[transportTag] ?? settings.transport;
  if (asked === "rie") return "rie";
  if (asked !== "runtime-api")
    throw new K8sTagError([{ tag: transportTag, problem: `expected runtime-api or rie, not "${asked}"` }]);
  return image === undefined ? "gate" : "image";
}
