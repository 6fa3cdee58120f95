import type { CacheEngine } from "@fc/elasticache/backend";

/** Which images to use. Every member has a default: see `elastiCacheK8sSettings`. */
export interface CacheImages {
  /** Put before every image that names no registry itself: `registry.example:5000/mirror`. */
  readonly registry?: string;
  readonly redis?: string;
  readonly valkey?: string;
  readonly memcached?: string;
  /** Images of single engine versions, by engine and version or its beginning: `redis7.0`, `valkey7`. They go over the engine's image. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Stands before engines that take connections in clear and encrypted ones, or have IAM users; needs `node`. */
  readonly proxy?: string;
  /** Runs the restore step; needs `sh`, `wget` and `sha256sum`. */
  readonly restore?: string;
}

/** The images that are used when nothing else is said. */
export const defaultImages: Readonly<Record<CacheEngine | "proxy" | "restore", string>> = {
  redis: "redis:7-alpine",
  valkey: "valkey/valkey:8-alpine",
  memcached: "memcached:1.6-alpine",
  proxy: "node:24-alpine",
  restore: "busybox:1.36",
};

/** The image reference for an engine, in a version of it, or for a helper of its. */
export function imageFor(what: keyof typeof defaultImages, images: CacheImages = {}, version?: string): string {
  const image = imageOfVersion(what, images, version) ?? images[what] ?? defaultImages[what];
  return images.registry === undefined || namesRegistry(image)
    ? image
    : `${images.registry.replace(/\/+$/, "")}/${image}`;
}

/** Whoever names more of the version wins. */
function imageOfVersion(engine: string, { versions = {} }: CacheImages, version = ""): string | undefined {
  const wanted = `${engine}${version}`;
  const named = Object.keys(versions).filter((name) => wanted === name || wanted.startsWith(`${name}.`));
  return versions[named.toSorted((a, b) => b.length - a.length)[0] ?? ""];
}

/** As container runtimes decide it: the first part is a registry when it has a dot or a port or is `localhost`. */
function namesRegistry(image: string): boolean {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
}
