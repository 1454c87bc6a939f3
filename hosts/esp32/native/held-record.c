/* Two slots with check words: see held-record.h. The check is CRC-32 of IEEE 802.3 over all that stands before it, begun so that zeros do not pass. */

#include "held-record.h"

#include <string.h>

static uint32_t check_of(const ChoirHeldSlot *slot)
{
	const uint8_t *bytes = (const uint8_t *)slot;
	size_t length = offsetof(ChoirHeldSlot, data) + (slot->length <= CHOIR_HELD_MOST ? slot->length : 0);
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xedb88320 & (0u - (crc & 1)));
	}
	return ~crc;
}

static bool is_sound(const ChoirHeldSlot *slot)
{
	return slot->length <= CHOIR_HELD_MOST && slot->check == check_of(slot);
}

static const ChoirHeldSlot *newest(const ChoirHeldRecord *record)
{
	const ChoirHeldSlot *first = is_sound(&record->slots[0]) ? &record->slots[0] : NULL;
	const ChoirHeldSlot *second = is_sound(&record->slots[1]) ? &record->slots[1] : NULL;
	if (first == NULL || second == NULL)
		return first == NULL ? second : first;
	return (int32_t)(second->sequence - first->sequence) > 0 ? second : first;
}

void choir_held_write(ChoirHeldRecord *record, const void *data, size_t length)
{
	const ChoirHeldSlot *before = newest(record);
	ChoirHeldSlot *slot = before == &record->slots[0] ? &record->slots[1] : &record->slots[0];
	uint32_t sequence = before == NULL ? 1 : before->sequence + 1;
	slot->sequence = sequence;
	slot->length = (uint32_t)length;
	memcpy(slot->data, data, length);
	slot->check = check_of(slot);
}

const uint8_t *choir_held_read(const ChoirHeldRecord *record, size_t *length)
{
	const ChoirHeldSlot *slot = newest(record);
	if (slot == NULL)
		return NULL;
	*length = slot->length;
	return slot->data;
}

void choir_held_forget(ChoirHeldRecord *record)
{
	record->slots[0].check = ~check_of(&record->slots[0]);
	record->slots[1].check = ~check_of(&record->slots[1]);
}
