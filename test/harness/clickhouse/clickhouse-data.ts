import { z } from 'zod';

/** How to reach a ClickHouse: plain data, so that it can cross from a test run's setup to its workers. */
export const clickHouseDataSchema = z.object({
  /** Of the HTTP interface, without a trailing slash or credentials. */
  url: z.string(),
  /** The same for pods, where an address of theirs was given. */
  podUrl: z.string().optional(),
  username: z.string(),
  password: z.string(),
});

/** See {@link clickHouseDataSchema}. */
export type ClickHouseData = Readonly<z.infer<typeof clickHouseDataSchema>>;
