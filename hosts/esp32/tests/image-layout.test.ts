/** The partition table fits a flash of 4 MB without a hole that a partition would need, and what the code asks for by name is there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { COMB_ENTRIES } from "../../../core/paillier/comb.ts";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { repositoryRoot } from "../../moddable/runner/sdk.ts";
import { SECTOR_BYTES } from "../flash.ts";

const folder = join(repositoryRoot(), "hosts", "esp32");
const FLASH_BYTES = 4 * 2 ** 20;
/** Where ESP-IDF puts the table itself, one sector. */
const TABLE_OFFSET = 0x8000;
/** Images begin at multiples of this. */
const IMAGE_ALIGNMENT = 0x10000;
/** The largest: a key of the preferred length. */
const COMB_TABLE_BYTES = COMB_ENTRIES * 2 * (MODULUS_BITS.preferred / 8);

/** A reading's message with its two or three groups, as the ring keeps it; a day of quarters of an hour of them must find room. */
const MESSAGE_BYTES = 1_300;
const MESSAGES_OF_A_DAY = 96;
/** The ring keeps one free for its moves, and one is half full. */
const SECTORS_BESIDE_MESSAGES = 2;

const partitionsIn = (file: string) =>
  readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [name = "", type = "", subtype = "", offset, size] = line.split(",").map((field) => field.trim());
      return { name, type, subtype, offset: Number(offset), size: Number(size) };
    });
const partitions = partitionsIn("partitions.csv");
const named = (name: string) => {
  const found = partitions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no partition ${name}`);
  return found;
};

describe("partitions.csv", () => {
  test("lies in order between ESP-IDF's own table and the end of 4 MB, none over another", () => {
    let end = TABLE_OFFSET + SECTOR_BYTES;
    for (const { name, offset, size } of partitions) {
      expect({ name, after: offset >= end, sectors: (offset % SECTOR_BYTES) + (size % SECTOR_BYTES) }).toEqual({
        name,
        after: true,
        sectors: 0,
      });
      end = offset + size;
    }
    expect(end).toBe(FLASH_BYTES);
  });

  test("has two slots of one size for images, of 1.5 MB or more, where images may begin", () => {
    const slots = partitions.filter(({ type }) => type === "app");
    expect(slots.map(({ subtype }) => subtype)).toEqual(["ota_0", "ota_1"]);
    expect(slots[0]?.size).toBe(slots[1]?.size);
    for (const { offset, size } of slots) {
      expect(offset % IMAGE_ALIGNMENT).toBe(0);
      expect(size).toBeGreaterThanOrEqual(1.5 * 2 ** 20);
    }
    expect(named("otadata").size).toBe(2 * SECTOR_BYTES);
  });

  test("has room for the comb table behind a sector of its own, and for two configurations of the largest size beside each other", () => {
    expect(named("table").size).toBeGreaterThanOrEqual(COMB_TABLE_BYTES + SECTOR_BYTES);
    expect(named("nvs").size).toBeGreaterThanOrEqual(2 * 2 ** 16);
  });

  test("has room for a day of messages, in the sectors of the ring", () => {
    const sectors = named("outbox").size / SECTOR_BYTES - SECTORS_BESIDE_MESSAGES;
    expect(sectors * Math.floor(SECTOR_BYTES / MESSAGE_BYTES)).toBeGreaterThanOrEqual(MESSAGES_OF_A_DAY);
  });

  test("keeps everything but the images where large-image.csv has it, which gives the room of both to one", () => {
    const behind = (all: typeof partitions) => all.filter(({ type }) => type !== "app");
    const large = partitionsIn("large-image.csv");
    expect(behind(large)).toEqual(behind(partitions));
    const size = 2 * named("ota_0").size;
    expect(large.filter(({ type }) => type === "app")).toEqual([{ ...named("ota_0"), size }]);
  });

  test("has a partition for every name that the code opens", () => {
    const sources = readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(folder, name), "utf8"));
    const opened = sources.flatMap((text) => [...text.matchAll(/partition\("([^"]+)"\)/g)].map(([, name]) => name));
    const constants = sources.flatMap((text) =>
      [...text.matchAll(/const PARTITION = "([^"]+)"/g)].map(([, name]) => name),
    );
    const names = [...opened, ...constants].filter((name) => name !== "nextota");
    expect(names.sort()).toEqual(["outbox", "table"]);
    for (const name of names) named(name ?? "");
  });
});

describe("sdkconfig.defaults", () => {
  const lines = readFileSync(join(folder, "sdkconfig/sdkconfig.defaults"), "utf8").split("\n");

  test("is settings and comments: a line that says that something is not set is passed over when it is merged", () => {
    for (const line of lines) expect(line).toMatch(/^$|^# |^CONFIG_[A-Z0-9_]+=(y|n|\d+)$/);
    expect(lines.filter((line) => line.includes("is not set"))).toEqual([]);
  });
});
