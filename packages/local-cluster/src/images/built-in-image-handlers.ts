import { findProgram } from "../node/isolation/host-tools.ts";
import type { ImageHandler } from "./image-handler.ts";
import { createLambdaImageHandler } from "./lambda-image.ts";
import { memcachedImageHandler } from "./memcached-image.ts";
import { nodeImageHandler } from "./node-image.ts";
import { redisImageHandler } from "./redis-image.ts";
import { shellImageHandler } from "./shell-image.ts";

export interface BuiltInImageOptions {
  /** Run redis-server for valkey images when the machine has no valkey-server; the Pod says so in an event. Default false. */
  readonly valkeyFallback?: boolean;
  /** Folders where programs are looked for. Default: the usual ones of Linux and macOS. */
  readonly searchPath?: readonly string[];
}

/** The images that an embedded cluster knows, in the order they are asked. */
export function builtInImageHandlers(options: BuiltInImageOptions = {}): readonly ImageHandler[] {
  const { searchPath } = options;
  return [
    createLambdaImageHandler(searchPath === undefined ? {} : { find: (name) => findProgram(name, searchPath) }),
    redisImageHandler("redis", options),
    redisImageHandler("valkey", options),
    memcachedImageHandler(options),
    nodeImageHandler(),
    shellImageHandler(options),
  ];
}
