/** Arguments: what each takes and refuses. */

import { describe, expect, test } from "@jest/globals";
import { hasCode } from "../../../core/errors.ts";
import { brokerUrl, channelList, keyBits, wholeNumber } from "../arguments.ts";

function codeOf(parse: () => unknown): string {
  try {
    return `took it as ${JSON.stringify(parse())}`;
  } catch (error) {
    return hasCode(error, "input_invalid")
      ? "input_invalid"
      : hasCode(error, "field_wrong")
        ? "field_wrong"
        : String(error);
  }
}

describe("a whole number", () => {
  const parse = wholeNumber("--n", 2, 1_000_000);

  test.each([
    ["2", 2],
    ["1000000", 1_000_000],
    ["007", 7],
  ])("may be %s", (text, value) => {
    expect(parse(text)).toBe(value);
  });

  test.each(["", " ", "1", "1000001", "-3", "+3", "3.0", "3e2", "0x10", "3 ", "three", "NaN", "9".repeat(400), "٣"])(
    "may not be %j",
    (text) => {
      expect(codeOf(() => parse(text))).toBe("input_invalid");
    },
  );

  test("is refused by its flag, its bounds and what came", () => {
    expect(() => parse("1")).toThrow('--n: expected a whole number from 2 to 1000000, got "1" (input_invalid)');
  });
});

describe("a list of channels", () => {
  test.each([
    ["1-0:1.8.0", ["1-0:1.8.0"]],
    ["1-0:2.8.0", ["1-0:2.8.0"]],
    ["1-0:2.8.0,1-0:3.8.0,1-0:1.8.0", ["1-0:1.8.0", "1-0:2.8.0", "1-0:3.8.0"]],
    [" 1-0:1.8.0 , 1-0:2.8.0 ", ["1-0:1.8.0", "1-0:2.8.0"]],
  ])("%j is each code once, the import channel first", (text, channels) => {
    expect(channelList(text)).toEqual(channels);
  });

  test.each([
    ["", "field_wrong"],
    ["1-0:1.8.0,", "field_wrong"],
    ["import", "field_wrong"],
    ["1-0:1.8.0*255", "field_wrong"],
    ["1-0:1.8.0;1-0:2.8.0", "field_wrong"],
    ["1-0:1.8.0,1-0:2.8.0,1-0:1.8.0", "input_invalid"],
  ])("%j is refused", (text, code) => {
    expect(codeOf(() => channelList(text))).toBe(code);
  });
});

test("a key has 2048 or 3072 bits and no others", () => {
  expect([keyBits("2048"), keyBits("3072")]).toEqual([2048, 3072]);
  for (const text of ["", "512", "1024", "4096", "2048.0", " 2048"])
    expect(codeOf(() => keyBits(text))).toBe("input_invalid");
});

describe("a broker's address", () => {
  test.each(["mqtt://127.0.0.1:1883", "mqtts://user:word@example.org", "mqtt://[::1]:1883"])("may be %s", (text) => {
    expect(brokerUrl(text)).toBe(text);
  });

  test.each(["", "localhost", "127.0.0.1:1883", "mqtt://", "http://example.org", "ws://example.org", "mqtt:example"])(
    "may not be %j",
    (text) => {
      expect(codeOf(() => brokerUrl(text))).toBe("input_invalid");
    },
  );

  test("that is wrong is not repeated, since it may hold a password", () => {
    expect(() => brokerUrl("http://user:word@example.org")).toThrow("--broker");
    expect(() => brokerUrl("http://user:word@example.org")).not.toThrow("word");
  });
});
