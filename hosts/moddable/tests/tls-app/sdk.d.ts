// What the app of this test uses of the Moddable SDK, so that the project compiles without the SDK.

/** A line for the debugger. */
declare function trace(...text: readonly string[]): void;

declare module "mc/config" {
  /** Values of the build, by name. */
  const config: Readonly<Record<string, string | undefined>>;
  export default config;
}
