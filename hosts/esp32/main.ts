/** The app on a board. */

import { App } from "./app.ts";
import { readWiring } from "./board.ts";
import { boardMachine } from "./board-machine.ts";

new App(boardMachine(readWiring())).start();
