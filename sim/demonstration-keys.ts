/**
 * The demonstration ceremony: safe primes that are published here, since new ones take up to a minute. Everything else of a street's ceremony is made anew.
 * Every command refuses them outside a street (headend/service/published-keys.ts).
 */

import { ChoirError } from "../core/errors.ts";
import { SafePrimes } from "../core/secret/safe-primes.ts";

/** In hex, by the bits of their product. */
const PRIMES: Readonly<Record<number, { readonly p: string; readonly q: string }>> = {
  2048: {
    p: "fa35b2a732a8f64999c7b977b383e9d3d9d84288d7df28813f72e4b4dfa347ad15ef76327a5403f42c4ae6a401d87f4980b5c06dc5171d019d21c07b5af1eff158f6e5a9c77ec0437517f2ba132ae28765ad3bf7e0d5013e15ef64c5d3d2c65953432b52d60a952d7f375fa1e71e177ca86eb7558677b34cdae6faeef7235f6b",
    q: "efa24706cb1ac4da4c8963c17fac1b1bd9ab6f863d47bea810abfb7f86998e044785a0d81a22dc1ba658bf3b1f1927bb0f22541fd0a060159518496bb55b19d3728f5b1f46096142c23eca091dff0fc7554ee4459f470153389905fd17810beeceba15023738734aaf2164d5cdfbc11cf39537c8f6157048e7c6ca5b6882362f",
  },
  3072: {
    p: "e01ef2fbad38a5ba7a6689b6f118d394a9ea8b54eae0fac2de60e9dd2add7bf3525812d26705b894d247415484d26a1d673bf1d328da844e7de45c858a2ddec11447977705af8e62f6c7d216ab559beb4e3b7d648cf027beddd52b2e4cc71b12d81f2df9dbcc681e89a308534a5bd78002fd806318e14aee0299c359c3902a3e59636c701cedbeae88622a156bdc58ef47d9c67cd398e747920f08f976962b6a45d95d42ae852f983d3fb48229f283ca9016b0913633598f0737b2e2273287ef",
    q: "cb8f69da0a0e54dcc7b7f2c368468069968fb9dd18ec7e392f9891a72ac5f55cbc35b1de27cf303dc1434b53080808f00ef1b731aaa5c681a8c4b4a1528e9a0040cf6a8c9eca4edff3d72435a1180835b4c8febc79c54755fa69632cad45d54a689a61b7939246d78718a0501a17027eb26fa2674a72b8de5ab1ba2948e20b11a39c0b9ef62edcfc40a442ad5c939a96e5ca31927a314f295d7158f22feb2a08c6afc2d184f20c439b3164c7498c3f1fddbdabb7026998cfcf98fb60493e9e6b",
  },
};

/** The published primes for a key of `bits` bits, 2048 or 3072. @throws ChoirError value_out_of_range. */
export async function demonstrationPrimes(bits: number): Promise<SafePrimes> {
  const primes = PRIMES[bits];
  if (primes === undefined) {
    throw new ChoirError("value_out_of_range", "demonstration key", Object.keys(PRIMES).join(" or "), `${bits} bits`);
  }
  return new SafePrimes(BigInt(`0x${primes.p}`), BigInt(`0x${primes.q}`));
}
