/* Time: a monotonic count since the start, and UTC, which the chip keeps over a reset, set by a step or led there slowly. */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <math.h>
#include <sys/time.h>

#include "esp_timer.h"

static struct timeval interval_of(double milliseconds)
{
	double seconds = floor(milliseconds / 1000);
	struct timeval interval = { .tv_sec = (time_t)seconds, .tv_usec = (suseconds_t)((milliseconds - seconds * 1000) * 1000) };
	return interval;
}

/* (): milliseconds since the start, with a fraction; they never step and never fall. */
void choir_time_monotonic(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)esp_timer_get_time() / 1000);
}

/* (): milliseconds of UTC, with a fraction; since 1970 counted from the start where it was never set. */
void choir_time_utc(xsMachine *the)
{
	struct timeval now;
	gettimeofday(&now, NULL);
	xsmcSetNumber(xsResult, (double)now.tv_sec * 1000 + (double)now.tv_usec / 1000);
}

/* (milliseconds): sets UTC at once. */
void choir_time_step(xsMachine *the)
{
	struct timeval now = interval_of(xsmcToNumber(xsArg(0)));
	if (settimeofday(&now, NULL) != 0)
		xsUnknownError("UTC cannot be set");
}

/* (milliseconds): leads UTC so far ahead or back, by 1 part in 64, and takes back what an earlier call has left to do. */
void choir_time_slew(xsMachine *the)
{
	struct timeval distance = interval_of(xsmcToNumber(xsArg(0)));
	if (adjtime(&distance, NULL) != 0)
		xsUnknownError("UTC cannot be led");
}
