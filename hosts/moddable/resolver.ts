/** Names to addresses for the SDK's sockets, by the system's own resolver. */

import Net from "net";

interface Question {
  readonly host: string;
  readonly onResolved: (host: string, address: string) => void;
  readonly onError: () => void;
}

/** ECMA-419's resolver, as the MQTT client takes one. */
export class SystemResolver {
  resolve({ host, onResolved, onError }: Question): void {
    Net.resolve(host, (_, address) => {
      if (address === undefined) onError();
      else onResolved(host, address);
    });
  }

  close(): void {}
}
