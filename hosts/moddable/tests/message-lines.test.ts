/** Messages over lines: what one end sends the other receives whole, in short lines of printable ASCII, both ways. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MOST_LINE_CHARACTERS } from "../../../firmware/console.ts";
import { MessageLines } from "../message-lines.ts";
import { MessageLines as RunnerLines } from "../runner/message-lines.ts";

/** Both ends of a console, and the lines between them. */
function ends() {
  const lines: string[] = [];
  const received: { readonly by: "machine" | "runner"; readonly message: Uint8Array }[] = [];
  const machine: MessageLines = new MessageLines(
    "rig",
    (line) => {
      lines.push(line);
      expect(runner.hear(line)).toBe(true);
    },
    (message) => received.push({ by: "machine", message }),
  );
  const runner: RunnerLines = new RunnerLines(
    "rig",
    (line) => {
      lines.push(line);
      machine.obey(line.split(" ").slice(1));
    },
    (message) => received.push({ by: "runner", message }),
  );
  return { lines, received, machine, runner };
}

const message = fc.oneof(
  fc.uint8Array({ maxLength: 10 }),
  fc.constantFrom(0, 383, 384, 385, 768, 769, 2000).map((length) => Uint8Array.from({ length }, (_, i) => i % 251)),
);

describe("messages over lines", () => {
  test("come whole and in order in both directions, and no line is longer than a console takes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), message), { maxLength: 10 }), (sent) => {
        const { lines, received, machine, runner } = ends();
        for (const [byMachine, bytes] of sent) (byMachine ? machine : runner).send(bytes);
        expect(received).toEqual(
          sent.map(([byMachine, bytes]) => ({ by: byMachine ? "runner" : "machine", message: bytes })),
        );
        for (const line of lines) {
          expect(line).toMatch(/^rig (more|end) [A-Za-z0-9+/=]*$/);
          expect(line.length).toBeLessThanOrEqual(MOST_LINE_CHARACTERS);
        }
      }),
    );
  });

  test("are refused where a line is none of them, and another verb's lines are left alone", () => {
    const { machine, runner, received } = ends();
    expect(() => machine.obey(["stop", "AAAA"])).toThrow(/input_invalid/);
    expect(() => machine.obey(["end", "A"])).toThrow(/input_invalid/);
    expect(() => runner.hear("rig stop AAAA")).toThrow(/input_invalid/);
    expect(runner.hear("log info rig end AAAA")).toBe(false);
    expect(received).toEqual([]);
  });

  test("begin anew when the machine has lost its power in the middle of one", () => {
    const { machine, runner, received } = ends();
    runner.hear("rig more AAAA");
    runner.reset();
    machine.send(Uint8Array.of(1, 2));
    expect(received).toEqual([{ by: "runner", message: Uint8Array.of(1, 2) }]);
  });
});
