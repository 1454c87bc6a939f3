/** Engine side of the library test: the whole program of one worker. */

import { libraries } from "./libraries.ts";

const handleCommand = (message: ArrayBuffer): ArrayBuffer => libraries(new Uint8Array(message)).slice().buffer;
Object.assign(globalThis, { handleCommand });
