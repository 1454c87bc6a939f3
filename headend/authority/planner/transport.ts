/** The cheapest way to move supplies to places with a minimum: a minimum-cost flow by successive shortest paths (Ahuja, Magnanti, Orlin, "Network Flows", 1993, 9.7). */

/** An arc and, beside it at `index ^ 1`, its way back. */
interface Arc {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
  room: number;
}

/**
 * Moves all supplies, each to places that take it, so that every place gets its minimum.
 * @param supplies whole numbers, 0 or more
 * @param cost of one unit from a supply to a place, 0 or more; undefined where it may not go
 * @returns units by supply and place, of the least total cost; undefined when there is no way
 */
export function cheapestTransport(
  supplies: readonly number[],
  places: number,
  minimum: number,
  cost: (supply: number, place: number) => number | undefined,
): readonly (readonly number[])[] | undefined {
  const total = supplies.reduce((sum, supply) => sum + supply, 0);
  if (total < places * minimum) return undefined;
  const placeNode = (place: number): number => 1 + supplies.length + place;
  const sink = placeNode(places);
  const arcs: Arc[] = [];
  const connect = (from: number, to: number, room: number, price: number): void => {
    arcs.push({ from, to, cost: price, room }, { from: to, to: from, cost: -price, room: 0 });
  };
  const ways = supplies.map((_, s) => Array.from({ length: places }, (__, p) => cost(s, p)));
  const dearest = Math.max(0, ...ways.flat().map((price) => price ?? 0));
  // so much that no detour is too long for a minimum
  const reward = 1 + dearest * (total + 1);
  const wayArcs = ways.map((row, s) => {
    connect(0, 1 + s, supplies[s] ?? 0, 0);
    return row.map((price, p) => {
      if (price === undefined) return undefined;
      connect(1 + s, placeNode(p), total, price);
      return arcs.length - 1;
    });
  });
  const minima = Array.from({ length: places }, (_, p) => {
    connect(placeNode(p), sink, minimum, -reward);
    const index = arcs.length - 1;
    connect(placeNode(p), sink, total, 0);
    return index;
  });
  let moved = 0;
  for (let path = shortestPath(arcs, sink); path !== undefined; path = shortestPath(arcs, sink)) {
    const units = Math.min(...path.map((index) => arcs[index]?.room ?? 0));
    for (const index of path) shift(arcs, index, units);
    moved += units;
  }
  // what was moved along an arc is the room of its way back
  const movedBy = (back: number): number => arcs[back]?.room ?? 0;
  if (moved < total || minima.some((back) => movedBy(back) < minimum)) return undefined;
  return wayArcs.map((row) => row.map((back) => (back === undefined ? 0 : movedBy(back))));
}

function shift(arcs: readonly Arc[], index: number, units: number): void {
  for (const [one, change] of [
    [arcs[index], -units],
    [arcs[index ^ 1], units],
  ] as const)
    if (one) one.room += change;
}

/** The cheapest path with room from node 0 to the last, as indices of arcs (Bellman and Ford, since rewards are negative costs). */
function shortestPath(arcs: readonly Arc[], sink: number): readonly number[] | undefined {
  const distance = new Array<number>(sink + 1).fill(Number.POSITIVE_INFINITY);
  const reachedBy = new Array<number | undefined>(sink + 1).fill(undefined);
  distance[0] = 0;
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const [index, { from, to, cost, room }] of arcs.entries()) {
      const through = (distance[from] ?? 0) + cost;
      if (room > 0 && through < (distance[to] ?? 0)) {
        distance[to] = through;
        reachedBy[to] = index;
        isBetter = true;
      }
    }
  }
  if (distance[sink] === Number.POSITIVE_INFINITY) return undefined;
  const path: number[] = [];
  for (let index = reachedBy[sink]; index !== undefined; index = reachedBy[arcs[index]?.from ?? 0]) path.push(index);
  return path;
}
