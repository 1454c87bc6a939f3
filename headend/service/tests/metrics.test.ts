/** The metrics server: one page, on the loopback interface. */

import { expect, test } from "@jest/globals";
import { Counter, createRegistry, serveMetrics } from "../metrics.ts";

test("serves /metrics on the loopback interface, nothing else, and not where another is", async () => {
  const registry = createRegistry();
  new Counter({ name: "choir_test_total", help: "a test's", registers: [registry] }).inc(3);
  const server = await serveMetrics(registry, { port: 0 });
  const page = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, registry.contentType]);
  expect(await page.text()).toContain("choir_test_total 3");
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(404);
  await expect(serveMetrics(registry, { port: server.port })).rejects.toMatchObject({ code: "config_invalid" });
  await server.close();
});
