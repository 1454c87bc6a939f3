/** What the repository-wide tests share: where the source tree lies, its files, its rooms and what each may import (ARCHITECTURE.md, rooms). */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root: this module runs from dist/tests. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export type Room = {
  /** Rooms that it may import, exactly its `references`. */
  readonly imports: readonly string[];
  /** Ambient types that it may see, exactly its `types`. */
  readonly types: readonly string[];
  /** Modules of the Moddable SDK that it may import; it declares them itself, and has them when mcconfig builds it. */
  readonly sdk?: readonly string[];
};

const beneathTheStreet = [
  "core",
  "core/secret",
  "firmware",
  "hosts/node",
  "hosts/xs",
  "hosts/xs/worker",
  "headend/service",
  "headend/aggregator",
  "headend/provider",
  "headend/trustee",
  "headend/authority",
] as const;

/** The allowed imports. A room that is not here does not exist. */
export const rooms: Readonly<Record<string, Room>> = {
  core: { imports: [], types: [] },
  "core/secret": { imports: ["core"], types: ["node"] },
  firmware: { imports: ["core"], types: [] },
  "hosts/moddable": {
    imports: ["core", "firmware"],
    types: [],
    sdk: [
      "embedded:io/socket/tcp",
      "embedded:io/socket/tcp/tls",
      "embedded:network/mqtt/client",
      "lib/0uint",
      "mc/config",
      "net",
      "ssl/cert",
      "timer",
    ],
  },
  "hosts/moddable/runner": { imports: ["core", "firmware"], types: ["node"] },
  "hosts/desktop": {
    imports: ["core", "firmware", "hosts/moddable"],
    types: [],
    sdk: ["embedded:io/socket/tcp"],
  },
  "hosts/esp32": {
    imports: ["core", "firmware", "hosts/moddable"],
    types: [],
    sdk: [
      "embedded:io/digital",
      "embedded:io/socket/tcp",
      "embedded:io/socket/udp",
      "embedded:network/interface/wifi",
      "embedded:storage/flash",
      "embedded:storage/key-value",
      "embedded:update",
      "mc/config",
      "neopixel",
    ],
  },
  "hosts/esp32/runner": { imports: ["core", "firmware", "hosts/moddable/runner"], types: ["node"] },
  "hosts/desktop/runner": { imports: ["core", "firmware", "hosts/moddable/runner"], types: ["node"] },
  "hosts/desktop/window": {
    imports: ["core", "firmware", "hosts/moddable", "hosts/desktop"],
    types: [],
    sdk: ["piu/MC"],
  },
  "hosts/node": { imports: ["core", "firmware"], types: ["node"] },
  "hosts/xs": { imports: ["core", "firmware"], types: ["node"] },
  "hosts/xs/worker": { imports: ["core", "firmware"], types: [] },
  "headend/service": { imports: ["core"], types: ["node"] },
  "headend/aggregator": { imports: ["core", "headend/service"], types: ["node"] },
  "headend/provider": { imports: ["core", "core/secret", "headend/service"], types: ["node"] },
  "headend/trustee": { imports: ["core", "core/secret", "headend/service"], types: ["node"] },
  "headend/authority": { imports: ["core", "core/secret", "headend/service"], types: ["node"] },
  sim: { imports: [...beneathTheStreet, "hosts/moddable/runner", "hosts/desktop/runner"], types: ["node"] },
  "headend/cli": {
    imports: [...beneathTheStreet, "hosts/moddable/runner", "hosts/desktop/runner", "sim"],
    types: ["node"],
  },
};

/** The room that a source path belongs to: the longest room name that is a folder above it. */
export function roomOf(path: string): string | undefined {
  return Object.keys(rooms)
    .filter((room) => path.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

export function isTest(path: string): boolean {
  return path.split("/").slice(0, -1).includes("tests");
}

/** Paths, relative to the root and with `/`, of every file that git does not ignore; .gitignore names an ignored folder with a slash at its end, and with one before it if it lies at the root. */
export function sourceFiles(): readonly string[] {
  const lines = readFileSync(join(root, ".gitignore"), "utf8").split("\n");
  const skipped = new Set([".git/", ...lines.filter((line) => line.endsWith("/"))]);
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        const anchored = folder === root && skipped.has(`/${entry.name}/`);
        if (!anchored && !skipped.has(`${entry.name}/`)) walk(path);
      } else if (entry.isFile()) {
        found.push(relative(root, path).split(sep).join("/"));
      }
    }
  };
  walk(root);
  return found.sort();
}
