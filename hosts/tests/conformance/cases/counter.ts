/** PulseCounter: what came over the wire since there is power, through the pulse filter, exactly. */

import { OBIS_IMPORT } from "../../../../core/names.ts";
import type { PulseCounter } from "../../../../firmware/host.ts";
import type { PulseEdge } from "../../../../firmware/pulse-filter.ts";
import { type Bench, type Case, same, until } from "../case.ts";
import { WIRE_LEAST_MICROS } from "../world.ts";

/** S0 pulses and pauses last 30 ms or more (IEC 62053-31). */
const HELD_MICROS = 3 * WIRE_LEAST_MICROS;
const BOUNCE_MICROS = 300;

/** A stretch of wire: `pulses` clean pulses that bounce at both edges, with a spike and a pulse that is too short in every pause. */
function train(
  pulses: number,
  fromMicros: number,
): { readonly edges: readonly PulseEdge[]; readonly endMicros: number } {
  const edges: PulseEdge[] = [];
  let atMicros = fromMicros;
  const go = (level: 0 | 1, heldMicros: number): void => {
    edges.push({ level, atMicros });
    atMicros += heldMicros;
  };
  const bounceTo = (level: 0 | 1): void => {
    const other = level === 1 ? 0 : 1;
    for (const one of [level, other, level, other] as const) go(one, BOUNCE_MICROS);
    go(level, HELD_MICROS);
  };
  go(0, HELD_MICROS);
  for (let i = 0; i < pulses; i++) {
    bounceTo(1);
    bounceTo(0);
    go(1, BOUNCE_MICROS);
    go(0, HELD_MICROS);
    go(1, WIRE_LEAST_MICROS - 1);
    go(0, HELD_MICROS);
  }
  return { edges, endMicros: atMicros };
}

function counterOf({ host }: Bench): PulseCounter {
  const counter = host.counters.get(OBIS_IMPORT);
  if (counter === undefined) throw new RangeError(`this machine has no counter for ${OBIS_IMPORT}`);
  return counter;
}

export const counterCases: readonly Case[] = [
  {
    name: "PulseCounter: starts at 0, counts a bouncing wire exactly, and goes on from there",
    run: async (bench) => {
      const counter = counterOf(bench);
      same(counter.read(), 0, "pulses before any edge");
      let endMicros = 1_000_000;
      let sent = 0;
      for (const pulses of [1, 13, 40]) {
        const stretch = train(pulses, endMicros);
        endMicros = stretch.endMicros;
        sent += pulses;
        await bench.world.wire(stretch.edges);
        await until(bench.host, () => counter.read() >= sent);
        same(counter.read(), sent, "pulses");
      }
    },
  },
  {
    name: "PulseCounter: reading never resets it",
    run: async (bench) => {
      const counter = counterOf(bench);
      const count = counter.read();
      for (let i = 0; i < 20; i++) same(counter.read(), count, `read ${i}`);
    },
  },
];

/** The rig sends the wire pulses while there is no power. */
export const countsFromZero: Case = {
  name: "PulseCounter: after a power cut it starts at 0 again",
  run: async (bench) => {
    const counter = counterOf(bench);
    same(counter.read(), 0, "pulses at boot");
    await bench.world.wire(train(3, 1_000_000).edges);
    await until(bench.host, () => counter.read() >= 3);
    same(counter.read(), 3, "pulses since boot");
  },
};
