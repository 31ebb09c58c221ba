/** A meaning, with or without a unit before it. */
export type MeaningRow = string | readonly [unit: string, meaning: string];
