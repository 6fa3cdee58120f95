import type { ImageHandler } from "./image-handler.ts";

export interface BuiltInImageOptions {
  /** Run redis-server for valkey images when the machine has no valkey-server; the Pod says so in an event. Default false. */
  readonly valkeyFallback?: boolean;
}

/** The images that an embedded cluster knows, in the order they are asked. */
export function builtInImageHandlers(_options: BuiltInImageOptions = {}): readonly ImageHandler[] {
  return [];
}
