/** A cable between a client and a broker, as a relay on the loopback: it can be cut, mended, and held so that nothing comes back. */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** One relay; it outlives brokers, since `brokerPort` can change. */
export class Cable {
  readonly #server: Server;
  readonly #pairs = new Map<Socket, Socket>();
  #brokerPort: number;
  #whole = true;
  #held = false;

  private constructor(server: Server, brokerPort: number) {
    this.#server = server;
    this.#brokerPort = brokerPort;
    server.on("connection", (near) => this.#relay(near));
  }

  /** @param near the address that it is reached at: of the loopback, or of all networks for a machine outside */
  static async to(brokerPort: number, near = "127.0.0.1"): Promise<Cable> {
    const server = createServer();
    server.listen(0, near);
    await once(server, "listening");
    return new Cable(server, brokerPort);
  }

  /** Its near end. */
  get port(): number {
    return portOf(this.#server);
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Links that a client has through it. */
  get links(): number {
    return this.#pairs.size;
  }

  /** Breaks every link, and lets none in. */
  cut(): void {
    this.#whole = false;
    for (const near of this.#pairs.keys()) near.resetAndDestroy();
  }

  /** Lets links in again, to the broker at this port from now on. */
  mend(brokerPort = this.#brokerPort): void {
    this.#brokerPort = brokerPort;
    this.#whole = true;
  }

  /** While it is held, what the broker says does not arrive; what it is told does. */
  hold(held: boolean): void {
    this.#held = held;
    for (const far of this.#pairs.values()) this.#flow(far);
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #relay(near: Socket): void {
    if (!this.#whole) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#brokerPort, "127.0.0.1");
    this.#pairs.set(near, far);
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => near.write(bytes));
    this.#flow(far);
    // an end that breaks takes the other with it, at once or after its last bytes
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on("error", () => other.destroy());
      one.on("end", () => other.end());
      one.on("close", (broken) => {
        this.#pairs.delete(near);
        if (broken) other.destroy();
        else other.end();
      });
    }
    near.on("close", () => far.resume());
  }

  #flow(far: Socket): void {
    if (this.#held) far.pause();
    else far.resume();
  }
}

/** The port that a server listens on. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no TCP port");
  return address.port;
}
