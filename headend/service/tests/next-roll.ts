/** The roll that comes after a town's own. */

import type { Roll } from "../../../core/wire/roll.ts";
import { Identity, type Town } from "./town.ts";

/**
 * The town's roll from another interval on, with other meters in some seats; none where a seat is emptied. New meters get their identities.
 * @param occupants by seat
 */
export function nextRoll(
  town: Town,
  firstInterval: number,
  occupants: Readonly<Record<string, string | undefined>>,
  version = 2,
): Roll {
  const occupant = (meter: string | undefined) => {
    if (meter === undefined) return undefined;
    const identity = town.meters.get(meter) ?? new Identity();
    town.meters.set(meter, identity);
    return { meter, key: identity.signer.publicKey };
  };
  const blocks = town.roll.blocks.map(({ block, seats }) => ({
    block,
    seats: seats.map((seat) => (seat.seat in occupants ? { ...seat, occupant: occupant(occupants[seat.seat]) } : seat)),
  }));
  return { ...town.roll, version, firstInterval, blocks };
}
