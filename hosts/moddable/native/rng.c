/*
 * The functions behind the SDK's module `rng`, from which its TLS takes keys and nonces, over the host's own entropy: the SDK's are a small
 * generator with a small seed. A C file of this name takes the place of the SDK's own in a build (it comes first in the manifest).
 */

#include "xsmc.h"
#include "mc.xs.h"

#include "random.h"

/* (length): an ArrayBuffer of random bytes. */
void xs_rng_get(xsMachine *the)
{
	xsIntegerValue length = xsmcToInteger(xsArg(0));
	void *bytes = xsmcSetArrayBuffer(xsResult, NULL, length);
	if (!choir_random(bytes, (size_t)length))
		xsUnknownError("rng: no entropy");
}

/* (seed): needs none. */
void xs_rng_init(xsMachine *the)
{
	(void)the;
}
