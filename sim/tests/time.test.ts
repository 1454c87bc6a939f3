/** RFC 3339 date-times: what is read, what is refused, and back again. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasCode } from "../../core/errors.ts";
import { formatInstant, parseInstant } from "../time.ts";

const READ = [
  { text: "2018-11-26T00:15:00+01:00", iso: "2018-11-25T23:15:00.000Z", utcOffsetMinutes: 60 },
  { text: "2018-11-26t00:15:00z", iso: "2018-11-26T00:15:00.000Z", utcOffsetMinutes: 0 },
  { text: "2018-11-26 00:15:00.25-03:30", iso: "2018-11-26T03:45:00.250Z", utcOffsetMinutes: -210 },
  { text: "2024-02-29T23:59:59-00:00", iso: "2024-02-29T23:59:59.000Z", utcOffsetMinutes: 0 },
];

const REFUSED = [
  "",
  "yesterday",
  "2018-11-26",
  "2018-11-26T00:15:00",
  "2018-11-26T00:15+01:00",
  "2018-11-26T24:00:00Z",
  "2018-11-26T23:59:60Z",
  "2018-02-30T00:00:00Z",
  "2023-02-29T00:00:00Z",
  "2018-13-01T00:00:00Z",
  "2018-11-26T00:15:00+24:00",
  "2018-11-26T00:15:00+01:60",
  "2018-11-26T00:15:00+0100",
  "2018-11-26T00:15:00.1234Z",
  " 2018-11-26T00:15:00Z",
  "2018-11-26T00:15:00Z\n",
];

describe("an instant", () => {
  test.each(READ)("$text is read", ({ text, iso, utcOffsetMinutes }) => {
    expect(parseInstant(text, "time")).toEqual({ utcMs: Date.parse(iso), utcOffsetMinutes });
  });

  test.each(REFUSED)("%j is refused by name", (text) => {
    let refusal: unknown;
    try {
      parseInstant(text, "the time");
    } catch (error) {
      refusal = error;
    }
    expect(hasCode(refusal, "input_invalid")).toBe(true);
    expect(String(refusal)).toContain("the time");
  });

  test("comes back as it was written", () => {
    const instants = fc.record({
      utcMs: fc.integer({ min: 0, max: Date.parse("2200-01-01T00:00:00Z") }),
      utcOffsetMinutes: fc.integer({ min: -23 * 60, max: 23 * 60 }),
    });
    fc.assert(
      fc.property(instants, ({ utcMs, utcOffsetMinutes }) => {
        expect(parseInstant(formatInstant(utcMs, utcOffsetMinutes), "time")).toEqual({ utcMs, utcOffsetMinutes });
      }),
    );
  });

  test("is written as people read it", () => {
    const utcMs = Date.parse("2018-11-25T23:15:00Z");
    expect(formatInstant(utcMs, 60)).toBe("2018-11-26T00:15:00+01:00");
    expect(formatInstant(utcMs, 0)).toBe("2018-11-25T23:15:00Z");
    expect(formatInstant(utcMs + 40, -210)).toBe("2018-11-25T19:45:00.040-03:30");
  });
});
