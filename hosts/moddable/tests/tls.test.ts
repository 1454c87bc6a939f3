/** The uplink by TLS in the simulator's engine: a broker whose certificate an authority of ours issued is trusted, every other is refused. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createServer, type Server, type TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Aedes } from "aedes";
import { DebugListener, portOf } from "../runner/debug-listener.ts";
import { type Display, openDisplay } from "../runner/display.ts";
import { findSdk, repositoryRoot, whyNoSdk } from "../runner/sdk.ts";

type Certificates = Readonly<Record<string, { readonly certificate: string; readonly key: string }>>;

const why = whyNoSdk();
if (why !== undefined) process.stderr.write(`hosts/moddable, TLS: skipped, ${why}\n`);
const withSdk = why === undefined ? describe : describe.skip;

const folder = join(repositoryRoot(), "hosts", "moddable", "tests");
// the file is ours, and of this shape
const { authorityDer, certificates } = JSON.parse(readFileSync(join(folder, "certificates.json"), "utf8")) as {
  readonly authorityDer: string;
  readonly certificates: Certificates;
};

/** What a broker shows, in the order in which the app comes to it. */
const BROKERS: readonly (readonly [name: string, leaf: string, issuer: string | undefined, said: RegExp])[] = [
  ["a certificate of our authority, and the authority's own", "broker", "authority", /^trusted 5000 true/],
  ["one with an RSA key", "rsa-broker", "authority", /^trusted 5000 true/],
  ["one of another authority", "foreign", "stranger", /^refused/],
  ["one for another name", "other-name", "authority", /^refused/],
  ["one that is no longer valid", "expired", "authority", /^refused/],
  ["one of our authority alone, without the authority's own", "broker", undefined, /^refused/],
  ["the first again: a refusal has left nothing behind", "broker", "authority", /^trusted 5000 true/],
];

function certificateOf(name: string): { readonly certificate: string; readonly key: string } {
  const found = certificates[name];
  if (found === undefined) throw new Error(`no certificate ${name}`);
  return found;
}

async function tlsBroker(aedes: Aedes, leaf: string, issuer: string | undefined): Promise<Server> {
  const { certificate, key } = certificateOf(leaf);
  const cert = issuer === undefined ? certificate : `${certificate}${certificateOf(issuer).certificate}`;
  const options: TlsOptions = { cert, key, maxVersion: "TLSv1.2" };
  const server = createServer(options, aedes.handle);
  // a client that refuses breaks off
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

withSdk("TLS to a broker that shows", () => {
  let said = new Map<string, string>();
  let servers: Server[] = [];
  let aedes: Aedes | undefined;
  let display: Display | undefined;
  // kept, so that the engine is compiled once
  const output = join(repositoryRoot(), "dist", "moddable-tls");

  beforeAll(async () => {
    const sdk = findSdk();
    aedes = await Aedes.createBroker();
    for (const [, leaf, issuer] of BROKERS) servers.push(await tlsBroker(aedes, leaf, issuer));
    mkdirSync(output, { recursive: true });
    const settings = [`ports=${servers.map(portOf).join(",")}`, `authority=${authorityDer}`];
    const manifest = join(folder, "tls-app", "manifest.json");
    const args = ["-d", "-m", "-p", sdk.platform, "-t", "build", "-o", output, manifest, ...settings];
    const { status, stdout, stderr } = spawnSync("mcconfig", args, { env: sdk.environment, encoding: "utf8" });
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
    display = await openDisplay();
    said = await linesOfApp(join(output, "bin", sdk.platform, "mc", "debug", "choir", sdk.library), output, display);
  });

  afterAll(async () => {
    for (const server of servers) server.close();
    servers = [];
    await new Promise<void>((resolve) => (aedes === undefined ? resolve() : aedes.close(resolve)));
    display?.stop();
  });

  test.each(BROKERS.map(([name, , , expected], at) => ({ name, at, expected })))("$name", ({ at, expected }) => {
    expect(said.get(`${at}`)).toMatch(expected);
  });
});

/** Runs the app to its end; what it said of each broker. */
async function linesOfApp(
  app: string,
  home: string,
  display: Display,
): Promise<ReadonlyMap<string, string> & Map<string, string>> {
  const sdk = findSdk();
  const said = new Map<string, string>();
  let resolve = (): void => {};
  let reject = (_: Error): void => {};
  const done = new Promise<void>((kept, broken) => {
    [resolve, reject] = [kept, broken];
  });
  const debug = await DebugListener.open({
    trace: (line) => {
      const [word, at, ...rest] = line.split(" ");
      if (word === "broker" && at !== undefined) said.set(at, rest.join(" "));
      if (line.startsWith("done")) resolve();
    },
    sample: () => {},
    stopped: (reason) => reject(new Error(reason)),
  });
  mkdirSync(join(home, "home", ".config", "tech.moddable.mcsim"), { recursive: true });
  const simulator = spawn(sdk.simulator, [sdk.devices, app], {
    env: {
      ...sdk.environment,
      HOME: join(home, "home"),
      XDG_CONFIG_HOME: join(home, "home", ".config"),
      DBUS_SESSION_BUS_ADDRESS: "disabled:",
      ...(display.name === undefined ? {} : { DISPLAY: display.name }),
      XSBUG_HOST: "127.0.0.1",
      XSBUG_PORT: `${debug.port}`,
    },
    stdio: "ignore",
  });
  simulator.once("exit", (code, signal) => reject(new Error(`simulator: ${signal ?? `exit ${code}`}`)));
  try {
    await done;
    return said;
  } finally {
    simulator.kill("SIGKILL");
    debug.close();
  }
}
