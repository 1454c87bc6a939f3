/** A look at a display and a hand on its mouse: ImageMagick's import and xdotool, Debian's packages of these names. */

import { spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";

/** Screens of the simulator have 5 or 6 bits a colour. */
const COLOUR_STEP = 8;
const LOOK_MS = 200;

/** Why there is no such look or hand here, in one line; undefined when there is. */
export function whyNoHands(): string | undefined {
  if (process.platform !== "linux") return "the window is tested on Linux alone";
  for (const [tool, debian] of [
    ["import", "imagemagick"],
    ["xdotool", "xdotool"],
    ["Xvfb", "xvfb"],
  ] as const) {
    if (spawnSync("which", [tool]).status !== 0) return `${tool} is not there (Debian: ${debian})`;
  }
  return undefined;
}

/** One X display. */
export class Screen {
  readonly #environment: NodeJS.ProcessEnv;

  constructor(display: string | undefined) {
    this.#environment = { ...process.env, DISPLAY: display };
  }

  /** Presses the mouse's button in the middle of what has this colour, as soon as there is such a thing. */
  async click(colour: string): Promise<void> {
    let middle = this.#middle(colour);
    for (; middle === undefined; middle = this.#middle(colour)) await setTimeout(LOOK_MS);
    this.#run("xdotool", ["mousemove", `${middle.x}`, `${middle.y}`, "click", "1"]);
  }

  /** The middle of the pixels of a colour, #rrggbb. */
  #middle(colour: string): { readonly x: number; readonly y: number } | undefined {
    const wanted = Buffer.from(colour.slice(1), "hex");
    const image = this.#run("import", ["-window", "root", "-depth", "8", "ppm:-"]);
    const [, width, height] = /^P6\n(\d+) (\d+)\n255\n/.exec(image.toString("latin1", 0, 32)) ?? [];
    const pixels = image.subarray(image.length - 3 * Number(width) * Number(height));
    const found = Array.from({ length: pixels.length / 3 }, (_, i) => i).filter((i) =>
      wanted.every((value, part) => Math.abs(value - (pixels[3 * i + part] ?? 0)) <= COLOUR_STEP),
    );
    const mean = (place: (i: number) => number): number =>
      Math.round(found.reduce((sum, i) => sum + place(i), 0) / found.length);
    if (found.length === 0) return undefined;
    return { x: mean((i) => i % Number(width)), y: mean((i) => Math.floor(i / Number(width))) };
  }

  #run(tool: string, args: readonly string[]): Buffer {
    const { status, stdout, stderr } = spawnSync(tool, args, { env: this.#environment, maxBuffer: 2 ** 26 });
    if (status !== 0) throw new Error(`${tool}: ${stderr}`);
    return stdout;
  }
}
