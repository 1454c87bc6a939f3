/** The two hosts under test, each as something that can be given power: with the suite on it, or with a meter. */

import { mkdirSync } from "node:fs";
import { tableInMemory } from "../../../core/paillier/comb.ts";
import { decodeCbor, encodeCbor, Fields } from "../../../core/wire/cbor.ts";
import type { Diagnostics } from "../../../core/wire/status.ts";
import type { Uplink } from "../../../firmware/host.ts";
import type { Meter } from "../../../firmware/meter.ts";
import type { MeterSettings } from "../../../firmware/settings.ts";
import { type NodePorts, nodeHost, nodeIdentity, startNodeMeter } from "../../node/meter.ts";
import { nodeDigest } from "../../node/primitives.ts";
import { bundleForXs, sourcePath } from "../../xs/bundle.ts";
import { METER_ENTRY, tableCommand, XsMeter } from "../../xs/meter.ts";
import { buildSnapshot } from "../../xs/snapshot.ts";
import type { Result } from "./case.ts";
import type { SuiteRig, TableFile } from "./rig.ts";
import { runConformance } from "./suite.ts";
import { perform, RIG_TOPICS } from "./world-by-wire.ts";

/** A machine with power and a meter on it. */
export interface Machine {
  identity(): Promise<Uint8Array>;
  start(settings: MeterSettings): Promise<void>;
  diagnostics(): Promise<Diagnostics>;
  /** At once, in the middle of whatever it does. */
  cutPower(): Promise<void>;
}

/** Who is told of work that a machine does on its own, and of its failure. */
export interface MachineOptions {
  readonly track: (work: Promise<unknown>) => void;
  readonly onFailure: (error: unknown) => void;
}

/** The suite on a machine. */
export interface SuiteRun {
  readonly results: Promise<readonly Result[]>;
  cutPower(): Promise<void>;
}

/** A kind of machine. */
export interface HostUnderTest {
  runSuite(rig: SuiteRig): Promise<SuiteRun>;
  machine(ports: NodePorts, file: TableFile, options: MachineOptions): Promise<Machine>;
}

/** hosts/node: objects of this process, whose power is that of their ports. */
export function nodeUnderTest(): HostUnderTest {
  const tableOf = ({ table, residueBytes }: TableFile) => tableInMemory(table, residueBytes, nodeDigest);
  return {
    runSuite: async (rig) => {
      const host = nodeHost(rig.powerOn(), tableOf(await rig.table()));
      return { results: runConformance(host, rig), cutPower: async () => {} };
    },
    machine: async (ports, file) => {
      let meter: Meter | undefined;
      return {
        identity: async () => nodeIdentity(ports),
        start: async (settings) => {
          meter = startNodeMeter(ports, tableOf(file), settings);
        },
        diagnostics: async () => {
          if (meter === undefined) throw new Error("no meter is running");
          return meter.diagnostics();
        },
        cutPower: async () => {},
      };
    },
  };
}

/** hosts/xs: an engine each, from a snapshot in `folder`; a power cut is a SIGKILL. */
export function xsUnderTest(workerPath: string, folder: string): HostUnderTest {
  const engine = async (
    entry: string,
    ports: NodePorts,
    file: TableFile,
    options: MachineOptions,
  ): Promise<XsMeter> => {
    mkdirSync(folder, { recursive: true });
    const commands = [tableCommand(file.table, file.residueBytes)];
    const bundle = await bundleForXs(sourcePath(entry));
    const snapshotPath = await buildSnapshot({ workerPath, bundle, commands }, folder);
    return new XsMeter(ports, { workerPath, snapshotPath, ...options });
  };
  return {
    runSuite: async (rig) => {
      const ports = rig.powerOn();
      let onFailure = (_error: unknown): void => {};
      let onResults = (_results: readonly Result[]): void => {};
      const results = new Promise<readonly Result[]>((resolve, reject) => {
        onResults = resolve;
        onFailure = reject;
      });
      const uplink = answeredBy(rig, ports.uplink, onResults, onFailure);
      const machine = await engine("hosts/tests/conformance/xs-entry.ts", { ...ports, uplink }, await rig.table(), {
        track: () => {},
        onFailure,
      });
      await machine.start(NO_SETTINGS);
      return { results, cutPower: () => machine.cutPower() };
    },
    machine: (ports, file, options) => engine(METER_ENTRY, ports, file, options),
  };
}

/** The suite takes no settings; the host hands them on unread. */
const NO_SETTINGS: MeterSettings = {
  meter: "none",
  role: "home",
  rootKey: new Uint8Array(32),
  keyFile: new Uint8Array(0),
  roll: new Uint8Array(0),
  leastKeyBits: 512,
  pulsesPerKilowattHour: 1,
  checkpointMs: 1,
  checkpointPulses: 1,
  poolTarget: 1,
  outboxCapacity: 1,
  boundaryToleranceMs: 1,
  statusMs: 1,
};

/** The uplink, with the rig's two topics taken out of it. */
function answeredBy(
  rig: SuiteRig,
  uplink: Uplink,
  onResults: (results: readonly Result[]) => void,
  onFailure: (error: unknown) => void,
): Uplink {
  let answer = (_payload: Uint8Array): void => {};
  const hear = async (question: Uint8Array): Promise<void> => {
    const list = decodeCbor(question, "question");
    if (!Array.isArray(list)) throw new Error("the engine asked no question");
    const [id, name, ...args] = list;
    if (name === "results") {
      onResults(new Fields(args, "results", 1).list(0, "results", (value, label) => readResult(value, label)));
    } else answer(encodeCbor([id, await perform(rig, name, new Fields(args, name, args.length))]));
  };
  return {
    publish: (topic, payload, options) => {
      if (topic !== RIG_TOPICS.question) return uplink.publish(topic, payload, options);
      hear(payload.slice()).catch(onFailure);
      return Promise.resolve();
    },
    subscribe: (topic, receive) => {
      if (topic === RIG_TOPICS.answer) answer = (payload) => receive(topic, payload);
      else uplink.subscribe(topic, receive);
    },
    onState: (change) => uplink.onState(change),
    setWill: (topic, payload) => uplink.setWill(topic, payload),
    start: () => uplink.start(),
    stop: () => uplink.stop(),
  };
}

function readResult(value: Parameters<typeof encodeCbor>[0], label: string): Result {
  const result = new Fields(value, label, 3);
  return { name: result.text(0, "name"), ok: result.flag(1, "ok"), detail: result.text(2, "detail") };
}
