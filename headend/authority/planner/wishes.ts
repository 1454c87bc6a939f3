/** The groups that are wished: one for each value of an attribute, or one for some values of it. */

import { ChoirError } from "../../../core/errors.ts";
import { checkId } from "../../../core/names.ts";
import type { Point, Points } from "./points.ts";

/** A wish as it was told: `tariff`, `postcode=8001,8002` or `centre:postcode=8001,8002`. */
export interface Wish {
  readonly text: string;
  readonly attribute: string;
  /** None: each value that there is makes a group. */
  readonly values: readonly string[] | undefined;
  readonly name: string | undefined;
}

/** A group that came of a wish. */
export interface WishedGroup {
  readonly group: string;
  readonly wish: Wish;
  readonly attribute: string;
  readonly values: readonly string[];
}

/** Reads a wish. @throws ChoirError input_invalid. */
export function parseWish(text: string): Wish {
  const [, name, attribute, values] = /^(?:([^:=]*):)?([^:=]+)(?:=(.+))?$/.exec(text) ?? [];
  if (attribute === undefined || (name !== undefined && values === undefined)) {
    const expected = "ATTRIBUTE, ATTRIBUTE=VALUE,... or NAME:ATTRIBUTE=VALUE,...";
    throw new ChoirError("input_invalid", "--group", expected, JSON.stringify(text));
  }
  return { text, attribute, values: values?.split(",").map((value) => value.trim()), name };
}

/**
 * The groups of all wishes, none named twice.
 * @throws ChoirError input_invalid for an attribute or a value that no home has, and for a value that makes no id.
 */
export function wishedGroups(wishes: readonly Wish[], { points, attributes }: Points): readonly WishedGroup[] {
  const homes = points.filter(({ kind }) => kind === "home");
  const groups = wishes.flatMap((wish): readonly WishedGroup[] => {
    const { attribute, values, name } = wish;
    if (!attributes.includes(attribute)) {
      throw new ChoirError("input_invalid", `--group ${wish.text}`, `a column: ${attributes.join(", ")}`, attribute);
    }
    const present = new Set(homes.map((home) => home.attributes[attribute] ?? "").filter((value) => value !== ""));
    const absent = (values ?? []).filter((value) => !present.has(value));
    if (absent.length > 0 || present.size === 0) {
      const got = absent.join(", ") || "none";
      throw new ChoirError("input_invalid", `--group ${wish.text}`, `values of ${attribute} that homes have`, got);
    }
    const sets = values === undefined ? [...present].sort().map((value) => [value]) : [values];
    return sets.map((set) => ({
      group: groupId(wish, name ?? [attribute, ...set].join("-")),
      wish,
      attribute,
      values: set,
    }));
  });
  const names = groups.map(({ group }) => group);
  const again = names.find((name, i) => names.indexOf(name) < i);
  if (again !== undefined) throw new ChoirError("input_invalid", "--group", "a name for each group, each once", again);
  return groups;
}

/** The wished groups that a point belongs to, ascending; only homes belong to any. */
export function membership(groups: readonly WishedGroup[]): (point: Point) => readonly string[] {
  return (point) =>
    point.kind !== "home"
      ? []
      : groups
          .filter(({ attribute, values }) => values.includes(point.attributes[attribute] ?? ""))
          .map(({ group }) => group)
          .sort();
}

function groupId(wish: Wish, name: string): string {
  try {
    return checkId(name, "group");
  } catch (cause) {
    const expected = `a name of 1 to 32 of A-Z a-z 0-9 _ -, as in NAME:${wish.attribute}=VALUE`;
    throw new ChoirError("input_invalid", `--group ${wish.text}`, expected, JSON.stringify(name), cause);
  }
}
