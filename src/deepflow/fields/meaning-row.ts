/** A meaning, alone or after its unit. */
export type MeaningRow = string | readonly [unit: string, meaning: string];
