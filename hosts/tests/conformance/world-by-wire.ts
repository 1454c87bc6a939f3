/** The world for an engine that stands apart from its rig: each question is a message [id, name, ...arguments], each answer [id, value]. */

import { CLOCK_QUALITIES } from "../../../core/meter-words.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "../../../core/wire/cbor.ts";
import type { Uplink } from "../../../firmware/host.ts";
import type { World } from "./world.ts";

/** Topics of the machine's uplink that end at the rig and never get to a broker. */
export const RIG_TOPICS = { question: "rig/question", answer: "rig/answer" } as const;

/** Asks the rig to do something by name; it answers with one value. */
export type Ask = (name: string, ...args: readonly CborValue[]) => Promise<CborValue>;

/** The machine's end of the wire. */
export function askOver(uplink: Pick<Uplink, "publish" | "subscribe">): Ask {
  const waiting = new Map<number, (value: CborValue) => void>();
  let asked = 0;
  uplink.subscribe(RIG_TOPICS.answer, (_topic, payload) => {
    const answer = decodeCbor(payload, "answer");
    const id = new Fields(answer, "answer", 2).uint(0, "id");
    // the line above would have thrown for anything but a list of two
    waiting.get(id)?.((answer as readonly CborValue[])[1] as CborValue);
    waiting.delete(id);
  });
  return (name, ...args) =>
    new Promise((resolve, reject) => {
      asked++;
      waiting.set(asked, resolve);
      uplink.publish(RIG_TOPICS.question, encodeCbor([asked, name, ...args])).catch(reject);
    });
}

/** The world as the machine sees it through `ask`. */
export function worldOver(ask: Ask): World {
  const tell = async (name: string, ...args: readonly CborValue[]): Promise<void> => void (await ask(name, ...args));
  const answer = async (name: string, ...args: readonly CborValue[]): Promise<Fields> =>
    new Fields([await ask(name, ...args)], name, 1);
  return {
    isFirstBoot: async () => (await answer("first-boot")).flag(0, "answer"),
    wire: (edges) =>
      tell(
        "wire",
        edges.map(({ level, atMicros }) => [level, atMicros]),
      ),
    convert: (counts, lostMicros, lengthMicros) => tell("convert", counts, lostMicros, lengthMicros),
    setClock: (quality, stepMs) => tell("clock", quality, Math.max(0, stepMs), Math.max(0, -stepMs)),
    setSeeded: (seeded) => tell("seed", seeded),
    setLink: (up) => tell("link", up),
    holdBroker: (held) => tell("hold", held),
    replaceBroker: () => tell("replace-broker"),
    heard: async (topic) =>
      (await answer("heard", topic)).list(0, "messages", (value, label) => {
        const message = new Fields(value, label, 2);
        return { payload: message.bytes(0, "payload").slice(), retain: message.flag(1, "retain") };
      }),
    links: async () => (await answer("links")).uint(0, "links"),
    say: (topic, payload) => tell("say", topic, payload),
    logged: async () =>
      (await answer("logged")).list(0, "lines", (line, label) => new Fields([line], label, 1).text(0, "line")),
    table: async () => {
      const file = new Fields(await ask("table"), "table", 2);
      return { table: file.bytes(0, "table").slice(), residueBytes: file.uint(1, "residue bytes") };
    },
  };
}

/** The rig's end: performs a question, the message without its id, and returns the answer's value. */
export async function perform(world: World, name: string, args: Fields): Promise<CborValue> {
  switch (name) {
    case "first-boot":
      return world.isFirstBoot();
    case "wire": {
      const edges = args.list(0, "edges", (value, label) => {
        const edge = new Fields(value, label, 2);
        return { level: edge.uint(0, "level", 1) === 1 ? 1 : 0, atMicros: edge.uint(1, "instant") } as const;
      });
      return done(world.wire(edges));
    }
    case "convert": {
      const counts = args.list(0, "counts", (count, label) => new Fields([count], label, 1).uint(0, "count"));
      return done(world.convert(counts, args.uint(1, "lost"), args.uint(2, "length")));
    }
    case "clock":
      return done(
        world.setClock(args.oneOf(0, "quality", CLOCK_QUALITIES), args.uint(1, "ahead") - args.uint(2, "behind")),
      );
    case "seed":
      return done(world.setSeeded(args.flag(0, "seeded")));
    case "link":
      return done(world.setLink(args.flag(0, "up")));
    case "hold":
      return done(world.holdBroker(args.flag(0, "held")));
    case "replace-broker":
      return done(world.replaceBroker());
    case "heard":
      return (await world.heard(args.text(0, "topic"))).map(({ payload, retain }) => [payload, retain]);
    case "links":
      return world.links();
    case "say":
      return done(world.say(args.text(0, "topic"), args.bytes(1, "payload").slice()));
    case "logged":
      return world.logged();
    case "table": {
      const { table, residueBytes } = await world.table();
      return [table, residueBytes];
    }
    default:
      throw new RangeError(`the rig does not know "${name}"`);
  }
}

async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
}
