/** HTTP as far as an update needs it: addresses that cannot smuggle lines, one status, a body in whatever pieces it comes. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { HttpResponse, parseAddress, requestFor } from "../http-response.ts";

const answer = (status: string, body: readonly number[]) =>
  Uint8Array.from([...Buffer.from(`HTTP/1.1 ${status}\r\nContent-Type: a/b\r\nX: \r\n\r\n`), ...body]);

describe("an address", () => {
  test.each([
    ["http://updates.example/choir.update", false, "updates.example", 80, "/choir.update"],
    ["https://updates.example/a/b?c=d", true, "updates.example", 443, "/a/b?c=d"],
    ["http://10.0.0.7:8080/x", false, "10.0.0.7", 8080, "/x"],
    ["http://updates.example", false, "updates.example", 80, "/"],
  ])("%s is taken apart", (text, secure, host, port, path) => {
    expect(parseAddress(text)).toEqual({ secure, host, port, path });
  });

  test.each([
    "ftp://updates.example/x",
    "updates.example/x",
    "http:///x",
    "http://updates.example:0/x",
    "http://updates.example:65536/x",
    "http://updates.example:a/x",
    "http://updates.example/x y",
    "http://updates.example/x\r\nHost: other",
    "http://updates.example/ü",
    `http://updates.example/${"x".repeat(300)}`,
  ])("%j is refused", (text) => {
    expect(() => parseAddress(text)).toThrow(/input_invalid/);
  });

  test("asks for the file as it is, without pieces and without another file after it", () => {
    expect(requestFor(parseAddress("http://updates.example:8080/x"))).toBe(
      "GET /x HTTP/1.0\r\nHost: updates.example\r\nConnection: close\r\n\r\n",
    );
  });
});

describe("an answer", () => {
  test("hands on its body and nothing else, in whatever pieces it comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.integer({ min: 1, max: 60 })), (body, pieces) => {
        const bytes = answer("200 OK", [...body]);
        const got: number[] = [];
        const response = new HttpResponse((part) => void got.push(...part));
        let at = 0;
        for (const length of pieces) {
          response.push(bytes.subarray(at, at + length));
          at += length;
        }
        response.push(bytes.subarray(at));
        expect(got).toEqual([...body]);
      }),
    );
  });

  test.each(["404 Not Found", "301 Moved", "206 Partial", "500"])("of status %s is refused", (status) => {
    const response = new HttpResponse(() => {
      throw new Error("a body");
    });
    expect(() => response.push(answer(status, [1, 2, 3]))).toThrow(/input_invalid/);
  });

  test("that is no HTTP, or whose head does not end, is refused", () => {
    const refused = (text: string) => {
      const response = new HttpResponse(() => {});
      expect(() => response.push(Buffer.from(text))).toThrow(/input_invalid/);
    };
    refused("SSH-2.0-x\r\n");
    refused(`HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(1_000)}`);
  });
});
