/** The whole machine as the meter is handed it, on a desktop. */

import TCP from "embedded:io/socket/tcp";
import { ChoirError } from "../../core/errors.ts";
import type { Table } from "../../core/paillier/comb.ts";
import type { Entropy } from "../../core/ports.ts";
import type { Host, Log, PulseCounter } from "../../firmware/host.ts";
import { sodiumDigest, sodiumSigner, sodiumVerify } from "../moddable/primitives.ts";
import { nativeRing } from "../moddable/ring.ts";
import { storedTable } from "../moddable/table.ts";
import { EngineTurns } from "../moddable/turns.ts";
import { ModdableUplink } from "../moddable/uplink.ts";
import { DesktopTime } from "./clock.ts";
import type { Machine } from "./machine.ts";
import { files, system } from "./native.ts";
import { HandCounter, ReplayCounter } from "./pulses.ts";
import { folderStore } from "./store.ts";
import { ReplaySampler } from "./waveform.ts";

/** The operating system's generator. A controller may take it away. */
export class SystemEntropy implements Entropy {
  #available = true;

  fill(bytes: Uint8Array): void {
    if (!this.#available) throw unseeded();
    try {
      system.fillEntropy(bytes);
    } catch (cause) {
      throw unseeded(cause);
    }
  }

  setAvailable(available: boolean): void {
    this.#available = available;
  }
}

function unseeded(cause?: unknown): ChoirError {
  return new ChoirError("entropy_unseeded", "system entropy", "a generator that answers", "none", cause);
}

/** The host, and what a controller may move of it. */
export interface DesktopHost {
  readonly host: Host;
  readonly uplink: ModdableUplink;
  readonly time: DesktopTime;
  readonly entropy: SystemEntropy;
  /** Channels that are counted by hand. */
  readonly hands: ReadonlyMap<string, HandCounter>;
}

/** The table in a file, read an entry at a time; undefined where there is no such file. @throws ChoirError table_wrong. */
function tableFile(path: string): Table | undefined {
  const length = files.size(path);
  if (length === undefined) return undefined;
  return storedTable(length, (offset, bytes) => new Uint8Array(files.readPart(path, offset, bytes)));
}

/** Builds the ports. @throws ChoirError table_wrong, config_invalid for a waveform that is none. */
export function desktopHost(machine: Machine, meter: string, log: Log): DesktopHost {
  const time = new DesktopTime(machine.speed, machine.quality);
  const turns = new EngineTurns(() => system.monotonicMs(), machine.speed);
  const entropy = new SystemEntropy();
  const uniform = (): number => {
    const bytes = new Uint8Array(4);
    entropy.fill(bytes);
    return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
  };
  const socket = { io: TCP };
  const uplink = new ModdableUplink({
    ...machine.broker,
    clientId: `meter-${meter}`,
    scheduler: turns,
    uniform,
    socket,
  });
  const hands = new Map<string, HandCounter>();
  const counters = new Map<string, PulseCounter>();
  for (const obis of machine.channels) {
    const path = machine.replay.get(obis);
    if (path !== undefined) counters.set(obis, new ReplayCounter(path, () => time.monotonicMs()));
    else {
      const hand = new HandCounter();
      hands.set(obis, hand);
      counters.set(obis, hand);
    }
  }
  return {
    uplink,
    time,
    entropy,
    hands,
    host: {
      counters,
      samplers: new Map(
        [...machine.waveforms].map(([obis, waveform]) => [obis, new ReplaySampler(waveform, () => time.monotonicMs())]),
      ),
      clock: time,
      scheduler: turns,
      entropy,
      store: folderStore(machine.files.store),
      uplink,
      digest: sodiumDigest,
      verify: sodiumVerify,
      signer: sodiumSigner,
      ring: (n) => nativeRing(n),
      table: tableFile(machine.files.table),
      log,
    },
  };
}
