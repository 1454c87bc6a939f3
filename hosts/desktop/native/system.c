/* What the desktop asks of its operating system: a clock that never steps, entropy, the environment, quiet about broken pipes, and a sudden end. */

#if mxWindows
#define _CRT_RAND_S
#endif

#include "xsmc.h"
#include "mc.xs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if mxWindows
#include <windows.h>
#else
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <sys/random.h>
#endif

#define NAME_MOST 128
/* getentropy gives at most so many bytes a call (POSIX.1-2024). */
#define ENTROPY_MOST 256

/* Milliseconds since some moment before the process began; the SDK's Time.ticks follows the wall clock here, and steps with it. */
void choir_monotonic(xsMachine *the)
{
#if mxWindows
	xsmcSetNumber(xsResult, (double)GetTickCount64());
#else
	struct timespec now;
	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		xsUnknownError("monotonic clock: %s", strerror(errno));
	xsmcSetNumber(xsResult, (double)now.tv_sec * 1000.0 + (double)now.tv_nsec / 1000000.0);
#endif
}

/* The system's generator, which blocks until it is seeded and fails rather than give less (hosts/moddable/native/random.h). */
bool choir_random(void *out, size_t length)
{
	unsigned char *bytes = out;
	while (length > 0) {
#if mxWindows
		unsigned int word;
		size_t part = length < sizeof(word) ? length : sizeof(word);
		if (rand_s(&word) != 0)
			return false;
		memcpy(bytes, &word, part);
#else
		size_t part = length < ENTROPY_MOST ? length : ENTROPY_MOST;
		if (getentropy(bytes, part) != 0)
			return false;
#endif
		bytes += part;
		length -= part;
	}
	return true;
}

/* (buffer): fills it from the system's generator. */
void choir_entropy(xsMachine *the)
{
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(0), &data, &length);
	if (!choir_random(data, length))
		xsUnknownError("entropy: none");
}

/* The value of an environment variable, or undefined. */
void choir_environment(xsMachine *the)
{
	char name[NAME_MOST];
	const char *value;
	xsmcToStringBuffer(xsArg(0), name, sizeof(name));
	value = getenv(name);
	if (value != NULL)
		xsmcSetString(xsResult, (char *)value);
}

/* A write to a socket whose other end has gone must be an error, not the end of the simulator. */
void choir_ignore_broken_pipes(xsMachine *the)
{
#if !mxWindows
	signal(SIGPIPE, SIG_IGN);
#endif
}

/* The process ends at once, by a signal that nothing can catch; where there are no signals, with the status that shells give it. */
void choir_cut_power(xsMachine *the)
{
#if mxWindows
	TerminateProcess(GetCurrentProcess(), 137);
#else
	kill(getpid(), SIGKILL);
#endif
}
