/** A meter on Node: the portable firmware with OpenSSL's digests and signatures, for streets without XS and for tests. */

import type { Table } from "../../core/paillier/comb.ts";
import { bigIntRing } from "../../core/paillier/ring.ts";
import type { Host } from "../../firmware/host.ts";
import { identityOf } from "../../firmware/identity.ts";
import { type Meter, startMeter } from "../../firmware/meter.ts";
import type { MeterSettings } from "../../firmware/settings.ts";
import { nodeDigest, nodeSigner, nodeVerify } from "./primitives.ts";

/** The ports that the caller supplies; this host has the rest. */
export type NodePorts = Pick<Host, "counters" | "clock" | "entropy" | "store" | "uplink" | "scheduler" | "log"> &
  Partial<Pick<Host, "samplers">>;

/** The whole host. */
export function nodeHost(ports: NodePorts, table: Table | undefined): Host {
  return {
    samplers: new Map(),
    ...ports,
    table,
    digest: nodeDigest,
    verify: nodeVerify,
    signer: nodeSigner,
    ring: (n) => bigIntRing(n),
  };
}

/** The public key of a meter on this host, made at first boot. */
export function nodeIdentity(ports: NodePorts): Uint8Array {
  return identityOf(nodeHost(ports, undefined)).publicKey;
}

/** Starts a meter. */
export function startNodeMeter(ports: NodePorts, table: Table | undefined, settings: MeterSettings): Meter {
  return startMeter(nodeHost(ports, table), settings);
}
