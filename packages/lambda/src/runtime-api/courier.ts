import type { Duplex } from "node:stream";

/**
 * The connection to who takes telemetry to listeners inside an environment: its supervisor, or what starts the extensions of a
 * container image. `telemetry <number>`, a line, has it dial the telemetry channel of that number.
 */
export class Courier {
  #socket: Duplex | undefined;
  /** Channels that were opened before it dialled. */
  #early: number[] = [];

  /** It has dialled. The last connection counts. */
  attach(socket: Duplex): void {
    this.#socket = socket;
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    for (const number of this.#early.splice(0)) this.open(number);
  }

  get attached(): boolean {
    return this.#socket?.writable === true;
  }

  /** Has it dial the telemetry channel of that number, as soon as it is there. */
  open(number: number): void {
    if (this.#socket?.writable === true) this.#socket.write(`telemetry ${number}\n`);
    else this.#early.push(number);
  }
}
