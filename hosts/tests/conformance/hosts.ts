/** The hosts under test in this process and in the bare engine, each as something that can be given power: with the suite on it, or with a meter. */

import { mkdirSync } from "node:fs";
import { tableInMemory } from "../../../core/paillier/comb.ts";
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
import { answerTo } from "./world-by-wire.ts";
import { RIG_TOPICS } from "./xs-topics.ts";

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

/** The suite on a machine, for one boot. */
export interface SuiteRun {
  readonly results: Promise<readonly Result[]>;
  /** Once the results are there: cuts the power in the middle of the writing that the machine then goes on with. */
  cutPowerWhileWriting(): Promise<void>;
  cutPower(): Promise<void>;
}

/** A kind of machine that runs the suite. */
export interface SuiteHost {
  runSuite(rig: SuiteRig): Promise<SuiteRun>;
}

/** A kind of machine that runs a meter on ports of this process. */
export interface MeterHost {
  machine(ports: NodePorts, file: TableFile, options: MachineOptions): Promise<Machine>;
}

/** Changes of the store that the first boot makes after its last case, before its power is cut. */
const SETS_BEFORE_CUT = 25;

/** hosts/node: objects of this process, whose power is that of their ports. */
export function nodeUnderTest(): SuiteHost & MeterHost {
  const tableOf = ({ table, residueBytes }: TableFile) => tableInMemory(table, residueBytes, nodeDigest);
  return {
    runSuite: async (rig) => {
      const results = rig.nextBoot();
      const host = nodeHost(rig.powerOn(), tableOf(rig.tableFile));
      runConformance(host, rig).catch((error: unknown) => rig.fail(error));
      return {
        results,
        cutPowerWhileWriting: () => rig.cutPowerAtSet(SETS_BEFORE_CUT, async () => {}),
        cutPower: async () => rig.cutPower(),
      };
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
export function xsUnderTest(workerPath: string, folder: string): SuiteHost & MeterHost {
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
      const results = rig.nextBoot();
      const ports = rig.powerOn();
      const onFailure = (error: unknown): void => rig.fail(error);
      const uplink = answeredBy(rig, ports.uplink, onFailure);
      const machine = await engine(SUITE_ENTRY, { ...ports, uplink }, rig.tableFile, { track: () => {}, onFailure });
      await machine.start(NO_SETTINGS);
      const cutPower = (): Promise<void> => {
        rig.cutPower();
        return machine.cutPower();
      };
      return { results, cutPowerWhileWriting: () => rig.cutPowerAtSet(SETS_BEFORE_CUT, cutPower), cutPower };
    },
    machine: (ports, file, options) => engine(METER_ENTRY, ports, file, options),
  };
}

const SUITE_ENTRY = "hosts/tests/conformance/xs-entry.ts";

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
function answeredBy(rig: SuiteRig, uplink: Uplink, onFailure: (error: unknown) => void): Uplink {
  let answer = (_payload: Uint8Array): void => {};
  return {
    publish: (topic, payload, options) => {
      if (topic !== RIG_TOPICS.question) return uplink.publish(topic, payload, options);
      answerTo(rig, payload.slice()).then((payload) => answer(payload), onFailure);
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
