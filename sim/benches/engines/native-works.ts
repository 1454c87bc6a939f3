/** Works of hosts/desktop/works/works.ts by name, in its order. */

export const NATIVE_WORK_NAMES = [
  "native product",
  "native square",
  "product of residues",
  "square of residues",
  "(a*b) % n^2",
  "native signature",
  "@noble signature",
] as const;
export type NativeWorkName = (typeof NATIVE_WORK_NAMES)[number];
