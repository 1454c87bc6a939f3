/** Log: lines for whoever services the machine. */

import { type Case, same } from "../case.ts";

export const logCases: readonly Case[] = [
  {
    name: "Log: lines come out whole and in order, whatever is in them; what is not ASCII may come as question marks",
    run: async ({ host: { log }, world }) => {
      const lines = ["interval 7 is not sealed", "", "l".repeat(500), "W\u00e4rme, \u20ac, \ud83d\udd0c"];
      const before = (await world.logged()).length;
      lines.forEach((line, i) => {
        if (i % 2 === 0) log.info(line);
        else log.warn(line);
      });
      const logged = (await world.logged()).slice(before);
      same(
        logged.map((line, i) => (line === plain(lines[i]) ? lines[i] : line)),
        lines,
        "lines",
      );
    },
  },
];

/** A line as consoles of ASCII have it. */
function plain(line = ""): string {
  let text = "";
  for (let i = 0; i < line.length; i++) text += line.charCodeAt(i) > 0x7e ? "?" : line.charAt(i);
  return text;
}
