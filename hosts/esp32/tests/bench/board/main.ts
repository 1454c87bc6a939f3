/** The bench's firmware for a board: its app with the bench's words, and a pulse train on a pin of its own. */

import config from "mc/config";
import { EngineTurns } from "../../../../moddable/turns.ts";
import { App } from "../../../app.ts";
import { readWiring } from "../../../board.ts";
import { boardMachine } from "../../../board-machine.ts";
import { time } from "../../../native.ts";
import { mountBench } from "../mount.ts";
import { RmtTrain } from "./rmt-train.ts";

const app = new App(boardMachine(readWiring()));
const train = new RmtTrain(Number(config["train"]), new EngineTurns(() => time.monotonicMs()));
mountBench(app, { train, wire: (edges) => train.play(edges) });
app.start();
