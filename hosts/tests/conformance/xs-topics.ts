/** Topics of the bare engine's uplink that end at the rig and never get to a broker. */
export const RIG_TOPICS = { question: "rig/question", answer: "rig/answer" } as const;
