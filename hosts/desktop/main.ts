/** The app in the Moddable simulator begins. */

import { ChoirError } from "../../core/errors.ts";
import { App } from "./app.ts";
import { system } from "./native.ts";

function boot(): App | undefined {
  system.ignoreBrokenPipes();
  try {
    const app = new App();
    app.start();
    return app;
  } catch (error) {
    if (!(error instanceof ChoirError)) throw error;
    trace(`choir: ${error.message}\n`);
    return undefined;
  }
}

/** The app that runs; none where the folder is wrong, which it has then said. */
export const app = boot();
