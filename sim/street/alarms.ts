/** What a provider tells of its feeders' alarms, as events of the street. */

import type { AlarmEvent } from "../report.ts";
import type { ProviderWord } from "./truth.ts";

/** A line of the provider's stdout about a feeder's alarm. */
export type AlarmWord = Omit<AlarmEvent, "start">;

/** Any line of the provider's stdout. */
export type AnyWord = ProviderWord | AlarmWord;

/** The events for the alarms among these words. @param start an interval's start by the street's local clock */
export function alarmEvents(words: readonly AnyWord[], start: (interval: number) => string): readonly AlarmEvent[] {
  return words.flatMap((word) => {
    if (word.type !== "alarm") return [];
    const { type, alarm, state, by, group, feeder, interval } = word;
    return [{ type, alarm, state, by, group, feeder, interval, start: start(interval) }];
  });
}

/** Whether a word is about an aggregate, opened or refused. */
export function isAboutAggregate(word: AnyWord): word is ProviderWord {
  return word.type === "opened" || word.type === "refused";
}
