/** An app that connects to one broker after another by TLS, says what came of each, and sends itself a message over those that it trusts. */

import config from "mc/config";
import { fromHex } from "../../../../core/bytes.ts";
import { tlsSocket } from "../../tls.ts";
import { EngineTurns } from "../../turns.ts";
import { ModdableUplink } from "../../uplink.ts";

const TOPIC = "choir/tls";
/** Longer than one record's piece of a socket. */
const MESSAGE = new Uint8Array(5_000).fill(7);

const turns = new EngineTurns(() => Date.now());
const ports = (config["ports"] ?? "").split(",").map(Number);
let why = "";
const socket = tlsSocket([fromHex(config["authority"] ?? "")], (error) => {
  why = String(error);
});

function connectTo(at: number): void {
  const port = ports[at];
  if (port === undefined) {
    trace("done\n");
    return;
  }
  why = "";
  const options = { host: "127.0.0.1", port, clientId: `tls-${at}`, scheduler: turns, uniform: () => 0, socket };
  const uplink = new ModdableUplink(options);
  let ended = false;
  const end = (said: string): void => {
    if (ended) return;
    ended = true;
    trace(`broker ${at} ${said}\n`);
    uplink.stop();
    connectTo(at + 1);
  };
  uplink.subscribe(TOPIC, (_, payload) => end(`trusted ${payload.length} ${payload.every((byte) => byte === 7)}`));
  uplink.onState((up) => {
    if (up) uplink.publish(TOPIC, MESSAGE).catch(() => end("lost"));
  });
  uplink.start();
  const look = (): void => {
    if (why !== "") end(`refused ${why}`);
    else if (!ended) turns.after(50, look);
  };
  look();
}

connectTo(0);
