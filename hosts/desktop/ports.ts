/** The whole machine as the meter is handed it, on a desktop. */

import TCP from "embedded:io/socket/tcp";
import { ChoirError } from "../../core/errors.ts";
import { nobleDigest, nobleSigner, nobleVerify } from "../../core/noble.ts";
import type { Entropy } from "../../core/ports.ts";
import type { Host, Log, PulseCounter } from "../../firmware/host.ts";
import { EngineTurns } from "../moddable/turns.ts";
import { ModdableUplink } from "../moddable/uplink.ts";
import { xsRing } from "../moddable/xs-ring.ts";
import { DesktopTime } from "./clock.ts";
import type { Machine } from "./machine.ts";
import { system } from "./native.ts";
import { HandCounter, ReplayCounter } from "./pulses.ts";
import { folderStore } from "./store.ts";
import { tableFile } from "./table.ts";
import { ReplaySampler } from "./waveform.ts";

/** The operating system's generator. */
export const systemEntropy: Entropy = {
  fill(bytes) {
    try {
      system.fillEntropy(bytes);
    } catch (cause) {
      throw new ChoirError("entropy_unseeded", "system entropy", "a generator that answers", "an error", cause);
    }
  },
};

/** A number in 0 <= u < 1 of the system's entropy. */
function uniform(): number {
  const bytes = new Uint8Array(4);
  systemEntropy.fill(bytes);
  return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
}

/** The host, and what a controller may move of it. */
export interface DesktopHost {
  readonly host: Host;
  readonly uplink: ModdableUplink;
  /** Channels that are counted by hand. */
  readonly hands: ReadonlyMap<string, HandCounter>;
}

/** Builds the ports. @throws ChoirError table_wrong, config_invalid for a waveform that is none. */
export function desktopHost(machine: Machine, meter: string, log: Log): DesktopHost {
  const time = new DesktopTime(machine.speed, machine.quality);
  const turns = new EngineTurns(() => system.monotonicMs(), machine.speed);
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
    hands,
    host: {
      counters,
      samplers: new Map(
        [...machine.waveforms].map(([obis, waveform]) => [obis, new ReplaySampler(waveform, () => time.monotonicMs())]),
      ),
      clock: time,
      scheduler: turns,
      entropy: systemEntropy,
      store: folderStore(machine.files.store),
      uplink,
      digest: nobleDigest,
      verify: nobleVerify,
      signer: nobleSigner,
      ring: xsRing,
      table: tableFile(machine.files.table),
      log,
    },
  };
}
