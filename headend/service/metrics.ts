/** Metrics in Prometheus' text format, over HTTP on the loopback interface unless the config file names another. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { ChoirError } from "../../core/errors.ts";

export { Counter, Gauge, Registry } from "prom-client";

/** A registry of this service alone. */
export function createRegistry(): Registry {
  return new Registry();
}

/** Where metrics are served. */
export interface MetricsAddress {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string | undefined;
}

/** A running metrics server. */
export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `GET /metrics`. @throws ChoirError config_invalid when the address cannot be had. */
export async function serveMetrics(registry: Registry, address: MetricsAddress): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await listen(server, address);
  // a TCP server that listens has an address and a port
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { port, host = "127.0.0.1" }: MetricsAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new ChoirError("config_invalid", `metrics ${host}:${port}`, "a free address", cause.message, cause));
    });
    server.listen(port, host, () => resolve());
  });
}
