// What this room uses of the Moddable SDK and of XS beyond ES2022, so that the project compiles without the SDK; mcconfig compiles it with the SDK's own typings.

/** The C function of that name; the first argument of `call` becomes its xsThis. */
declare function native(name: string): { call(self: unknown, ...parameters: readonly unknown[]): unknown };

/** A line for the debugger; a release build has none. */
declare function trace(...text: readonly string[]): void;
