import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { removeImage } from "./derived-image.ts";

export interface SlowRegistry extends AsyncDisposable {
  /** An image whose only layer comes slowly, but comes. */
  readonly slow: string;
  /** An image whose layer breaks off in the middle, each time. */
  readonly broken: string;
}

const stepMs = 250;

/** A registry on this machine's loopback, which containerd asks by plain HTTP: for a node whose containerd runs here. */
export async function startSlowRegistry(layerMs: number): Promise<SlowRegistry> {
  const images: Readonly<Record<string, Image>> = { slow: image(), broken: image() };
  const server = createServer((request, response) => {
    const [, name = "", path = ""] = /^\/v2\/(\w+)\/(.*)$/.exec(request.url ?? "") ?? [];
    const asked = images[name];
    const body = path.startsWith("manifests/")
      ? asked?.manifest
      : asked?.blobs.find((one) => path.endsWith(digestOf(one)));
    if (asked === undefined || body === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": body === asked.manifest ? manifestType : "application/octet-stream",
      "content-length": body.length,
      "docker-content-digest": digestOf(body),
    });
    if (request.method === "HEAD") response.end();
    else if (body !== asked.layer) response.end(body);
    else if (name === "broken") response.write(body.subarray(0, 1_000), () => response.destroy());
    else drip(response, body, Math.ceil(layerMs / stepMs));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const slow = `${host}/slow:1`;
  return {
    slow,
    broken: `${host}/broken:1`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await removeImage(slow);
    },
  };
}

interface Image {
  readonly manifest: Buffer;
  readonly layer: Buffer;
  readonly blobs: readonly Buffer[];
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** One that no node has, whatever it pulled before. */
function image(): Image {
  // 1024 zeros end an archive, whatever follows.
  const layer = Buffer.concat([Buffer.alloc(1_024), randomBytes(64 * 1_024)]);
  const rootfs = { type: "layers", diff_ids: [digestOf(layer)] };
  const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs }));
  const described = (mediaType: string, content: Buffer): object => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: described("application/vnd.oci.image.config.v1+json", config),
      layers: [described("application/vnd.oci.image.layer.v1.tar", layer)],
    }),
  );
  return { manifest, layer, blobs: [manifest, config, layer] };
}

/** Sends the body in so many pieces, one after the other. */
function drip(response: ServerResponse, body: Buffer, pieces: number): void {
  const size = Math.ceil(body.length / pieces);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, sent + size));
    sent += size;
    if (sent < body.length) return;
    clearInterval(timer);
    response.end();
  }, stepMs);
  response.once("close", () => clearInterval(timer));
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
