/** Colour and width of the terminal: a few roles of text, and nothing but the text where colour is not wanted. */

import { styleText } from "node:util";

/** Roles of text; each is the same text with or without colour around it. */
export interface Style {
  plain(text: string): string;
  dim(text: string): string;
  strong(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

const unchanged = (text: string): string => text;

/** For files, pipes and NO_COLOR. */
export const PLAIN: Style = {
  plain: unchanged,
  dim: unchanged,
  strong: unchanged,
  good: unchanged,
  warn: unchanged,
  bad: unchanged,
  accent: unchanged,
};

type Format = Parameters<typeof styleText>[0];

function coloured(format: Format): (text: string) => string {
  // The choice was made by `styleFor`; newer Nodes would make it again, for stdout only.
  return (text) => (text === "" ? "" : styleText(format, text, { validateStream: false }));
}

const COLOURED: Style = {
  plain: unchanged,
  dim: coloured("gray"),
  strong: coloured("bold"),
  good: coloured("green"),
  warn: coloured("yellow"),
  bad: coloured(["red", "bold"]),
  accent: coloured("cyan"),
};

/** Where lines go and how they look. */
export interface Terminal {
  /** Columns to fill, 80 or more. */
  readonly columns: number;
  readonly style: Style;
}

/** What stands before every line. */
export const MARGIN = "  ";

/** What is asked of a stream: the properties of node:tty WriteStream that a pipe does not have. */
interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Colour on a terminal, unless NO_COLOR is set to anything (no-color.org). */
export function styleFor(output: Output, environment: Readonly<Record<string, string | undefined>>): Style {
  const { NO_COLOR = "" } = environment;
  return output.isTTY === true && NO_COLOR === "" ? COLOURED : PLAIN;
}

/** The columns to fill: the terminal's, within 80 to 160; 100 where there is none. */
export function columnsOf(output: Output): number {
  return Math.min(160, Math.max(80, output.columns ?? 100));
}

/** Breaks a sentence at its spaces into lines of at most `columns`; a longer word stands alone. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A paragraph, set in by another margin. */
export function paragraph(text: string, { columns, style }: Terminal, role: keyof Style = "plain"): string[] {
  const indent = MARGIN + MARGIN;
  return wrapped(text, columns - 1 - indent.length).map((line) => indent + style[role](line));
}

/** At most `columns` of a text, with an ellipsis for what is cut off. */
export function clipped(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
