/** Power for a machine on the bench: what the runner of `npm run test:hil` asks of a board, the emulator and the stand-in alike. */

/** A machine's power and its console. */
export interface BenchPower {
  /** Where the console is, as hosts/moddable/runner/line-port.ts opens it. */
  readonly console: string;
  /** Its receiver may sit on the end of a line until another byte comes. */
  readonly sleepy?: boolean;
  /** Takes the power away at once, whatever the machine does, and gives it again. The console is closed before, and opened again after. */
  cut(): Promise<void>;
  /** Lets the machine be. */
  close(): Promise<void>;
}
