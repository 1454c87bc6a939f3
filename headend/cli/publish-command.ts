/** `choir publish`: a deployment's key file and roll to its meters. */

import type { Command } from "commander";
import { filesToPublish, operatorAccess, publishFiles } from "../authority/publish-files.ts";
import { brokerUrl } from "./arguments.ts";

interface PublishFlags {
  readonly deployment: string;
  readonly broker: string;
  readonly meter?: readonly string[];
}

/** Adds the command. */
export function addPublish(program: Command): void {
  program
    .command("publish")
    .description("Hand a deployment's key file and roll to its meters, over the broker.")
    .requiredOption(
      "--deployment <dir>",
      "folder with root.pub, key.cose, roll.cose, and operator/ and broker-ca.pem where there are; the root's own key is not needed",
    )
    .requiredOption("--broker <url>", "the broker; a user in it goes before the operator of operator/", brokerUrl)
    .option("--meter <id...>", "meters that the roll no longer lists, besides those that it does")
    .action(async ({ deployment, broker, meter }: PublishFlags) => {
      const published = filesToPublish(deployment, meter);
      await publishFiles(published, broker, operatorAccess(deployment, broker));
      const { roll, meters } = published;
      process.stdout.write(
        `Roll ${roll.version}, in force from interval ${roll.firstInterval}: handed to ${meters.length} meters.\n`,
      );
    });
}
