/** `choir trustee`: the process that co-opens sums, a trustee's part in the key ceremony, and the audit of what it co-opened. */

import { join } from "node:path";
import type { Command } from "commander";
import { toHex } from "../../core/bytes.ts";
import { countersignDeployment } from "../authority/countersign.ts";
import { DEPLOYMENT_FILES } from "../authority/deployment.ts";
import { countersignNext } from "../authority/succeed.ts";
import { fingerprint, newTrustee, TRUSTEE_FILES } from "../authority/trustee.ts";
import { auditLines } from "../trustee/audit.ts";
import { runTrustee } from "../trustee/main.ts";
import { publicKeyHex } from "./arguments.ts";
import { addService } from "./service-commands.ts";

interface NewFlags {
  readonly out: string;
  readonly id: string;
}

interface CountersignFlags {
  readonly identity: string;
  readonly deployment: string;
  readonly root: Uint8Array;
}

interface SucceedFlags extends CountersignFlags {
  readonly before: string;
}

/** Adds the commands. */
export function addTrustee(program: Command): void {
  const trustee = program
    .command("trustee")
    .description("Co-open sums as a trustee (run, the default), its part in the key ceremony, and its audit.");
  addService(
    trustee,
    "run",
    "Check what aggregators testify, and co-open sums with this trustee's share.",
    runTrustee,
    true,
  );
  trustee
    .command("new")
    .description("Make a trustee's keys, and the identity file that goes to the dealer.")
    .requiredOption("--out <dir>", "folder for the keys, which never leave it")
    .requiredOption("--id <id>", "the trustee's id in key files and topics")
    .action(({ out, id }: NewFlags) => {
      const identity = newTrustee(out, id);
      process.stdout.write(
        `${join(out, TRUSTEE_FILES.identity)} goes to the dealer; the .pem files stay here.\n` +
          `fingerprint: ${fingerprint(identity)}\nTell it to the dealer by another way than the file's: by voice, or on paper.\n`,
      );
    });
  trustee
    .command("countersign")
    .description(
      "Check a deployment's key file, this trustee's share and the roll, and countersign both files in place.",
    )
    .requiredOption("--identity <dir>", "folder that `choir trustee new` made")
    .requiredOption(
      "--deployment <dir>",
      "folder with what the dealer sent: key.cose, trustees/<id>/key.share, roll.cose",
    )
    .requiredOption("--root <hex>", "the root's public key, as the dealer told it", publicKeyHex("--root"))
    .action(async ({ identity, deployment, root }: CountersignFlags) => {
      const {
        trustee: id,
        keyFile,
        roll,
        counts,
        needed,
      } = await countersignDeployment({
        identity,
        deployment,
        rootKey: root,
      });
      const { kMin, intervalMs, sharing } = keyFile;
      const lines = [
        `${id}: this share is the one that the key file promises. Key ${toHex(keyFile.keyId)}, ${sharing?.threshold} of ${sharing?.holders.length} shares, blocks of ${kMin} meters and more, intervals of ${intervalMs / 1000} s.`,
        ...(roll === undefined
          ? []
          : [`Roll ${roll.version}: ${roll.groups.length} groups, ${roll.blocks.length} blocks.`]),
        ...Object.entries(counts).map(([file, count]) => `${file}: ${count} countersignatures, ${needed} needed.`),
        `next: ${[...Object.keys(counts), DEPLOYMENT_FILES.transcript].join(", ")} go back to the dealer, or on to the next trustee`,
      ];
      process.stdout.write(`${lines.join("\n")}\n`);
    });
  trustee
    .command("succeed")
    .description("As a trustee of the key in use, check the key file that is to follow, and countersign it in place.")
    .requiredOption("--identity <dir>", "folder with the keys that the key file in use lists for this trustee")
    .requiredOption("--before <dir>", "folder with the key file in use, key.cose")
    .requiredOption("--deployment <dir>", "folder with the key file to come, key.cose")
    .requiredOption("--root <hex>", "the root's public key, as the dealer told it", publicKeyHex("--root"))
    .action(({ identity, before, deployment, root }: SucceedFlags) => {
      const result = countersignNext({ identity, before, deployment, rootKey: root });
      const { trustee: id, keyFile, count, needed } = result;
      process.stdout.write(
        `${id}: key ${toHex(keyFile.keyId)} of version ${keyFile.version} may follow. ${count} countersignatures of trustees before, ${needed} needed.\n`,
      );
    });
  trustee
    .command("audit")
    .description(
      "Print what this trustee co-opened and refused, one JSON object a line; its process must not be running.",
    )
    .requiredOption("--config <file>", "the trustee's config file")
    .action(async ({ config }: { readonly config: string }) => {
      for await (const line of auditLines(config)) process.stdout.write(`${line}\n`);
    });
}
