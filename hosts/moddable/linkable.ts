/** Makes cborg fit for preloading: the linker of XS 17.7 makes no room for a BigInt that stands in an array, and writes past the end of its table. */

import { uintBoundaries } from "lib/0uint";

/** Where cborg keeps 2^64, as a BigInt; as a number it is as exact, and compares alike. */
const TWO_TO_64 = 4;
uintBoundaries[TWO_TO_64] = 2 ** 64;
