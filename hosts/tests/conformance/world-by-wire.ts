/** The world for an engine that stands apart from its rig: each question is a message [id, name, ...arguments], each answer [id, value]. */

import { CLOCK_QUALITIES } from "../../../core/meter-words.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "../../../core/wire/cbor.ts";
import type { World } from "./world.ts";

/** Counts as they lie in memory: both ends are little-endian. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Messages to the rig and from it. */
export interface Wire {
  send(question: Uint8Array): void;
  /** Called once, with who is told of each answer. */
  onAnswer(receive: (answer: Uint8Array) => void): void;
}

/** Text as its code points: on engines that count a string by them cborg writes characters beyond U+FFFF wrong. */
const CODE_POINTS = {
  from: (points: readonly number[]): string => points.map((point) => String.fromCodePoint(point)).join(""),
  of: (text: string): readonly number[] => [...text].map((character) => character.codePointAt(0) ?? 0),
};

/** Asks the rig to do something by name; it answers with one value. */
export type Ask = (name: string, ...args: readonly CborValue[]) => Promise<CborValue>;

/** The machine's end of the wire. */
export function askOver(wire: Wire): Ask {
  const waiting = new Map<number, (value: CborValue) => void>();
  let asked = 0;
  wire.onAnswer((payload) => {
    const answer = decodeCbor(payload, "answer");
    const id = new Fields(answer, "answer", 2).uint(0, "id");
    // the line above would have thrown for anything but a list of two
    waiting.get(id)?.((answer as readonly CborValue[])[1] as CborValue);
    waiting.delete(id);
  });
  return (name, ...args) =>
    new Promise((resolve) => {
      asked++;
      waiting.set(asked, resolve);
      wire.send(encodeCbor([asked, name, ...args]));
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
    convert: (counts, lostMicros, lengthMicros) => tell("convert", bytesOf(counts), lostMicros, lengthMicros),
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
      (await answer("logged")).list(0, "lines", (line, label) =>
        CODE_POINTS.from(new Fields([line], label, 1).list(0, "line", readPoint)),
      ),
    table: async () => {
      const file = new Fields(await ask("table"), "table", 2);
      return { residueBytes: file.uint(0, "residue bytes"), digest: file.bytes(1, "digest", 32).slice() };
    },
    tablePart: async (index, count) => (await answer("table-part", index, count)).bytes(0, "digest", 32).slice(),
    report: ({ name, ok, detail }) => tell("report", name, ok, detail),
    finish: () => tell("finish"),
  };
}

/** The rig's end: the answer to a question, a message [id, name, ...arguments]. @throws ChoirError field_wrong for anything else. */
export async function answerTo(world: World, question: Uint8Array): Promise<Uint8Array> {
  const list = decodeCbor(question, "question");
  const fields = new Fields(list, "question", Array.isArray(list) ? list.length : 0);
  // the line above would have thrown for anything but a list
  const [id = null, , ...args] = list as readonly CborValue[];
  const name = fields.text(1, "name");
  return encodeCbor([id, await perform(world, name, new Fields(args, name, args.length))]);
}

/** Does what is asked, and returns the answer's value. */
async function perform(world: World, name: string, args: Fields): Promise<CborValue> {
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
      const counts = new Uint16Array(args.bytes(0, "counts").slice().buffer);
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
      return (await world.logged()).map((line) => CODE_POINTS.of(line));
    case "table": {
      const { residueBytes, digest } = await world.table();
      return [residueBytes, digest];
    }
    case "table-part":
      return world.tablePart(args.uint(0, "index"), args.uint(1, "count"));
    case "report":
      return done(world.report({ name: args.text(0, "name"), ok: args.flag(1, "ok"), detail: args.text(2, "detail") }));
    case "finish":
      return done(world.finish());
    default:
      throw new RangeError(`the rig does not know "${name}"`);
  }
}

function readPoint(point: CborValue, label: string): number {
  return new Fields([point], label, 1).uint(0, "code point", 0x10ffff);
}

async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
}
