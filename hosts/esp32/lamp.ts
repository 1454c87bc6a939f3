/** Status lights: a plain one on a pin, or one of the kind WS2812, which most development boards have. */

import Digital from "embedded:io/digital";
import NeoPixel from "neopixel";
import type { LightWiring } from "./board.ts";
import type { Lamp } from "./flashing.ts";

/** Colours at full strength dazzle: so many parts of 256. */
const BRIGHTNESS = 32;

/** The board's light; one that does nothing where there is none. */
export function boardLamp(wiring: LightWiring | undefined): Lamp {
  if (wiring === undefined) return { write: () => {} };
  const { pin, kind } = wiring;
  if (kind === "plain") {
    const light = new Digital({ pin, mode: Digital.Output });
    return { write: (on) => light.write(on ? 1 : 0) };
  }
  const light = new NeoPixel({ pin, length: 1, order: "GRB" });
  return {
    write(on, colour) {
      const [red, green, blue] = colour.map((part) => (on ? (part * BRIGHTNESS) >> 8 : 0));
      light.setPixel(0, light.makeRGB(red ?? 0, green ?? 0, blue ?? 0));
      light.update();
    },
  };
}

/** The board's button, which pulls its pin down; one that is never pressed where there is none. */
export function boardButton(pin: number | undefined): () => boolean {
  if (pin === undefined) return () => false;
  const button = new Digital({ pin, mode: Digital.InputPullUp });
  return () => button.read() === 0;
}
