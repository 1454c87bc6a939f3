/** A deployment's Mosquitto under test, on the generated files alone: certificates by the handbook's commands, and clients that log in as its users. */

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { mosquitto, type OwnMosquitto } from "../../../hosts/tests/mosquitto.ts";
import { MOSQUITTO_FILES } from "../mosquitto-conf.ts";
import { newBroker } from "../new-broker.ts";

/** Told of every message. */
export type Hearer = (topic: string, text: string) => void;

/** An authority of its own, and what it vouches for: PEM files. */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), "choir-certificates-"));
  readonly authority = join(this.folder, "ca.pem");

  constructor() {
    const ca = ["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=A broker's authority", "-days", "3650"];
    this.#openssl(...ca);
  }

  /** A certificate for one host name, and its key. */
  issue(host: string): { readonly certificate: string; readonly key: string } {
    const [certificate, key] = [`${host}.crt`, `${host}.key`];
    const names = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
    const issuer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"];
    this.#openssl(...issuer, "-keyout", key, "-out", certificate, ...names, "-days", "365");
    return { certificate: join(this.folder, certificate), key: join(this.folder, key) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #openssl(...more: readonly string[]): void {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    execFileSync("openssl", ["req", "-x509", ...key, ...more], { cwd: this.folder, stdio: "ignore" });
  }
}

/** A broker that runs for a deployment. */
export class SecuredBroker {
  readonly broker: OwnMosquitto;
  readonly deployment: string;
  readonly url: string;
  readonly #certificates: Certificates;
  readonly #folder: string;
  readonly #clients: MqttClient[] = [];

  private constructor(broker: OwnMosquitto, folder: string, deployment: string, certificates: Certificates) {
    this.broker = broker;
    this.url = `mqtts://localhost:${broker.port}`;
    this.deployment = deployment;
    this.#folder = folder;
    this.#certificates = certificates;
  }

  /** Writes the broker's files, and starts it. @param more lines behind those of the generated access list and of the hashes */
  static async start(
    deployment: string,
    certificates: Certificates,
    more: { readonly acl?: string; readonly passwords?: string } = {},
  ): Promise<SecuredBroker> {
    const { certificate, key } = certificates.issue("localhost");
    let used = "";
    const broker = await mosquitto((port, folder) => {
      used = folder;
      for (const config of configsOf(deployment)) {
        const entries = { ...JSON.parse(readFileSync(config, "utf8")), broker: `mqtts://localhost:${port}` };
        writeFileSync(config, JSON.stringify(entries));
      }
      generate(deployment, certificates, folder);
      copyFileSync(certificate, join(folder, MOSQUITTO_FILES.certificate));
      copyFileSync(key, join(folder, MOSQUITTO_FILES.certificateKey));
      for (const [name, lines] of [
        [MOSQUITTO_FILES.accessList, more.acl],
        [MOSQUITTO_FILES.passwords, more.passwords],
      ] as const) {
        if (lines !== undefined) writeFileSync(join(folder, name), lines, { flag: "a" });
      }
      return readFileSync(join(deployment, "broker", MOSQUITTO_FILES.configuration), "utf8");
    });
    return new SecuredBroker(broker, used, deployment, certificates);
  }

  /** Has the files made anew, and the broker read them. */
  regenerate(): void {
    generate(this.deployment, this.#certificates, this.#folder);
    this.broker.reload();
  }

  /** A client that logs in as this user, with the password in a file of the deployment. */
  connect(
    user: string,
    passwordFile: string,
    options: IClientOptions = {},
    hear: Hearer = () => {},
  ): Promise<MqttClient> {
    const password = readFileSync(join(this.deployment, passwordFile), "utf8").trim();
    return this.open({ username: user, password, ca: this.authority, ...options }, hear);
  }

  /** A client as it comes. @throws (rejects) when it is not let in, or does not want to. */
  async open(options: IClientOptions, hear: Hearer = () => {}): Promise<MqttClient> {
    const client = connect(this.url, { reconnectPeriod: 0, ...options });
    this.#clients.push(client);
    // before it is connected: what waited for it comes at once
    client.on("message", (topic, payload) => hear(topic, payload.toString()));
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("closed")));
    });
    return client;
  }

  /** The authority that vouches for the broker, PEM. */
  get authority(): Buffer {
    return readFileSync(this.#certificates.authority);
  }

  async stop(): Promise<void> {
    // without waiting: a client that was put out has no end to tell of
    for (const client of this.#clients) client.end(true);
    await this.broker.stop();
  }
}

/** All parties' configs in a deployment. */
function configsOf(deployment: string): readonly string[] {
  const files = readdirSync(deployment, { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => /(aggregator|provider|trustee)\.json$/.test(name))
    .map((name) => join(deployment, name));
}

function generate(deployment: string, { authority }: Certificates, folder: string): void {
  const plan = { authorities: [authority], nowMs: Date.now(), folder, stateFolder: folder };
  newBroker(deployment, plan, MODULUS_BITS.tests);
  for (const name of [MOSQUITTO_FILES.accessList, MOSQUITTO_FILES.passwords]) {
    copyFileSync(join(deployment, "broker", name), join(folder, name));
  }
}
