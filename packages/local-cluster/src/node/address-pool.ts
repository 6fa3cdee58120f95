import { createServer } from "node:net";

/** Hands out loopback addresses 127.77.x.y, one per Pod; a freed one comes again as late as possible. */
export class AddressPool {
  readonly #used = new Set<string>();
  readonly #prefix: string;
  #next: number;

  /** @param first where to begin (0 to 65,535): random, so that two clusters on a machine rarely meet. */
  constructor(first: number, prefix = "127.77") {
    this.#next = first;
    this.#prefix = prefix;
  }

  /**
   * An address on which `ports` can be bound now; 127.0.0.1 where the machine has no other loopback address (macOS).
   * Pods that listen on the same port cannot run at once there.
   */
  async allocate(ports: readonly number[]): Promise<string> {
    const wanted = ports.length === 0 ? [0] : ports;
    for (let attempt = 0; attempt < 64; attempt += 1) {
      const address = this.#candidate();
      this.#used.add(address);
      const results = await Promise.all(wanted.map((port) => tryBind(address, port)));
      if (results.every((result) => result === "free")) return address;
      this.#used.delete(address);
      if (results.includes("no address")) return "127.0.0.1";
    }
    return this.#candidate();
  }

  release(address: string): void {
    this.#used.delete(address);
  }

  #candidate(): string {
    for (;;) {
      const number = this.#next % 0x10000;
      this.#next = number + 1;
      const last = number & 0xff;
      const address = `${this.#prefix}.${number >> 8}.${last}`;
      if (last !== 0 && last !== 255 && !this.#used.has(address)) return address;
    }
  }
}

function tryBind(host: string, port: number): Promise<"free" | "taken" | "no address"> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      // EACCES: a port below 1024 that this user may not bind; whether it is free shows when the container tries.
      const taken = error.code === "EACCES" ? "free" : "taken";
      resolve(error.code === "EADDRNOTAVAIL" ? "no address" : taken);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve("free")));
  });
}
