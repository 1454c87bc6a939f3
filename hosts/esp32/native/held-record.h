/* A record in memory that a reset leaves alone, but that a reset may come in the middle of: two slots written in turn, each with a sequence number and a check word. Portable. */

#ifndef CHOIR_HELD_RECORD_H
#define CHOIR_HELD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHOIR_HELD_MOST 192

typedef struct {
	uint32_t sequence;
	uint32_t length;
	uint8_t data[CHOIR_HELD_MOST];
	uint32_t check;
} ChoirHeldSlot;

typedef struct {
	ChoirHeldSlot slots[2];
} ChoirHeldRecord;

/* Replaces the older slot; the newer one stands until this returns. The length is at most CHOIR_HELD_MOST. */
void choir_held_write(ChoirHeldRecord *record, const void *data, size_t length);

/* The newest sound data and its length; NULL where neither slot is sound, as after power was off. */
const uint8_t *choir_held_read(const ChoirHeldRecord *record, size_t *length);

/* Neither slot is sound from now on. */
void choir_held_forget(ChoirHeldRecord *record);

#endif
