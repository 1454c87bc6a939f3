/** Which party may write and read which topic (docs/PROTOCOL.md, Topics), from key file and roll, and the same as Mosquitto's access list. */

import type { KeyFile } from "../../core/wire/key-file.ts";
import type { Roll } from "../../core/wire/roll.ts";
import { trusteesOf } from "../../core/wire/sharing.ts";
import { topics } from "../../core/wire/topics.ts";
import { brokerUsers } from "../service/broker-users.ts";

/** Who logs in with one password, and what the broker lets it do. */
export interface BrokerParty {
  /** Where its password lies, relative to the deployment's folder. */
  readonly passwordFile: string;
  /** One for each of its connections. */
  readonly users: readonly string[];
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

/** Where the password of whoever services the meters lies. */
export const OPERATOR_PASSWORD_FILE = "operator/broker.password";

/** One level of a topic, whatever it is. */
const ANY = "+";

/** Where the password of a meter, or of a feeder, lies. */
export function meterPasswordFile(meter: string): string {
  return `meters/${meter}.password`;
}

/**
 * All parties of a deployment.
 * @param connections by which readings come in to the aggregator of a group
 */
export function brokerParties(
  keyFile: KeyFile,
  roll: Roll,
  connections: (group: string) => number,
): readonly BrokerParty[] {
  const isShared = keyFile.sharing !== undefined;
  const groups = roll.groups.map(({ group }) => group);
  return [
    provider(roll, isShared),
    operator(),
    ...groups.map((group) => aggregator(group, connections(group), isShared)),
    ...trustees(keyFile).map((trustee) => trusteeParty(trustee, keyFile, groups)),
    ...roll.feeders.map(({ feeder }) => feederParty(feeder, roll)),
    ...homes(roll),
  ];
}

/** The parties' lines for Mosquitto's `acl_file`: whoever is not listed may do nothing, and nobody may do what is not listed. */
export function accessList(parties: readonly BrokerParty[]): string {
  const sections = parties.flatMap(({ users, writes, reads }) =>
    users.map((user) =>
      [
        `user ${user}`,
        ...writes.map((topic) => `topic write ${topic}`),
        ...reads.map((topic) => `topic read ${topic}`),
      ].join("\n"),
    ),
  );
  return `${sections.join("\n\n")}\n`;
}

function provider({ groups }: Roll, isShared: boolean): BrokerParty {
  return {
    passwordFile: "provider/broker.password",
    users: [brokerUsers.provider("in"), brokerUsers.provider("out")],
    writes: groups.map(({ group }) => topics.receipt(group)),
    reads: groups.flatMap(({ group, feeder }) => [
      topics.aggregate(group),
      ...(feeder === undefined ? [] : [topics.feeder(group)]),
      ...(isShared ? [topics.share(group, ANY)] : []),
    ]),
  };
}

function operator(): BrokerParty {
  return {
    passwordFile: OPERATOR_PASSWORD_FILE,
    users: [brokerUsers.operator],
    writes: [topics.config(ANY), topics.update(ANY)],
    reads: [topics.status(ANY), topics.event(ANY)],
  };
}

function aggregator(group: string, connections: number, isShared: boolean): BrokerParty {
  return {
    passwordFile: `aggregators/${group}/broker.password`,
    users: [
      brokerUsers.aggregator(group),
      ...Array.from({ length: connections }, (_, connection) => brokerUsers.readings(group, connection)),
    ],
    writes: [topics.aggregate(group), topics.beacon(group), ...(isShared ? [topics.evidence(group)] : [])],
    reads: [topics.reading(group, ANY), topics.receipt(group), ...(isShared ? [topics.share(group, ANY)] : [])],
  };
}

function trustees({ sharing }: KeyFile): readonly string[] {
  if (sharing === undefined) return [];
  return trusteesOf(sharing).map(({ holder }) => holder);
}

function trusteeParty(trustee: string, { keyId }: KeyFile, groups: readonly string[]): BrokerParty {
  return {
    passwordFile: `trustees/${trustee}/broker.password`,
    users: [brokerUsers.trustee(trustee, keyId, "in"), brokerUsers.trustee(trustee, keyId, "out")],
    writes: groups.map((group) => topics.share(group, trustee)),
    reads: groups.map((group) => topics.evidence(group)),
  };
}

function feederParty(feeder: string, { groups }: Roll): BrokerParty {
  const own = groups.filter((group) => group.feeder === feeder).map(({ group }) => group);
  return meterParty(feeder, own.map(topics.feeder), own.map(topics.beacon));
}

function homes({ groups, blocks }: Roll): readonly BrokerParty[] {
  return blocks.flatMap(({ block, seats }) => {
    const own = groups.filter((group) => group.blocks.includes(block)).map(({ group }) => group);
    const reads = own.flatMap((group) => [topics.beacon(group), topics.receipt(group)]);
    return seats.flatMap(({ occupant }) => {
      if (occupant === undefined) return [];
      const { meter } = occupant;
      return [
        meterParty(
          meter,
          own.map((group) => topics.reading(group, meter)),
          reads,
        ),
      ];
    });
  });
}

function meterParty(meter: string, writes: readonly string[], reads: readonly string[]): BrokerParty {
  return {
    passwordFile: meterPasswordFile(meter),
    users: [brokerUsers.meter(meter)],
    writes: [...writes, topics.status(meter), topics.event(meter)],
    reads: [...reads, topics.config(meter), topics.update(meter)],
  };
}
