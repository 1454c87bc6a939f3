/** Messages in flight: in whatever order the words about them come, nothing is waited for in the end, and nothing is forgotten before. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MessagesInFlight } from "../messages-in-flight.ts";

const NOBODY: ReadonlySet<string> = new Set();

interface Word {
  readonly kind: "sent" | "handled";
  readonly key: string;
  readonly who: string;
}

const message = fc.record({ key: fc.constantFrom("a", "b", "c"), who: fc.constantFrom("north", "south", "provider") });

function tell(inFlight: MessagesInFlight, { kind, key, who }: Word): void {
  if (kind === "sent") inFlight.sent(key, [who]);
  else inFlight.handled(key, who);
}

describe("messages in flight", () => {
  test("are none when each sending was handled, in any order of the words, the same bytes sent several times included", () => {
    const words = fc.array(message, { maxLength: 20 }).chain((messages) =>
      fc.shuffledSubarray(
        messages.flatMap((one): Word[] => [
          { ...one, kind: "sent" },
          { ...one, kind: "handled" },
        ]),
        { minLength: 2 * messages.length },
      ),
    );
    fc.assert(
      fc.property(words, (told) => {
        const inFlight = new MessagesInFlight();
        for (const word of told) tell(inFlight, word);
        expect(inFlight.waitedFor(NOBODY)).toEqual([]);
      }),
    );
  });

  test("are waited for from the word that they were sent until as many were handled", () => {
    const counts = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }));
    fc.assert(
      fc.property(counts, ([sent, handled]) => {
        const inFlight = new MessagesInFlight();
        for (let i = 0; i < sent; i++) inFlight.sent("a", ["north"]);
        for (let i = 0; i < handled; i++) inFlight.handled("a", "north");
        expect(inFlight.waitedFor(NOBODY)).toEqual(sent > handled ? ["north"] : []);
      }),
    );
  });

  test("concern each recipient by itself", () => {
    const inFlight = new MessagesInFlight();
    inFlight.sent("a", ["north", "south"]);
    inFlight.handled("a", "north");
    inFlight.handled("b", "south");
    expect(inFlight.waitedFor(NOBODY)).toEqual(["south"]);
    inFlight.handled("a", "south");
    expect(inFlight.waitedFor(NOBODY)).toEqual([]);
  });

  test("are not waited for while their recipient is away, and are again when it is back", () => {
    const inFlight = new MessagesInFlight();
    inFlight.sent("a", ["north"]);
    expect(inFlight.waitedFor(new Set(["north"]))).toEqual([]);
    expect(inFlight.waitedFor(NOBODY)).toEqual(["north"]);
  });

  test("to one recipient can be given up, and to the others stand", () => {
    const inFlight = new MessagesInFlight();
    inFlight.sent("a", ["north", "south"]);
    inFlight.drop("north");
    expect(inFlight.waitedFor(NOBODY)).toEqual(["south"]);
  });
});
