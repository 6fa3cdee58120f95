import { load } from "js-yaml";

/**
 * All that is used of @kubernetes/client-node at run time, in one module so that it can be loaded on connect and so that a
 * bundler drops the rest. Types come by `import type` from the package itself.
 */
export {
  CoordinationV1Api,
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  ResponseContext,
  SelfDecodingBody,
  ServerConfiguration,
  V1MicroTime,
  wrapHttpLibrary,
} from "@kubernetes/client-node";
// Not exported by the root; the version is pinned, and the build bundles it.
export { ObjectSerializer } from "@kubernetes/client-node/dist/gen/models/ObjectSerializer.js";
export { quantityToScalar } from "@kubernetes/client-node/dist/util.js";

/** With a type of its own: js-yaml is bundled, so that whoever installs this package has no types of it. */
export const parseYaml: (text: string) => unknown = load;
