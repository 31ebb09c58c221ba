import { z } from 'zod';

/** What the server's process is told in a file, so that the password is on no command line. */
export const serverSettingsSchema = z.strictObject({
  dataFolder: z.string(),
  /** For files that live as long as a statement. */
  workFolder: z.string(),
  /** Of PyPI's chdb; absent: the engine is npm's. */
  libraryFolder: z.string().optional(),
  addresses: z.array(z.string()),
  port: z.int(),
  username: z.string(),
  password: z.string(),
});

/** See {@link serverSettingsSchema}. */
export type ServerSettings = z.infer<typeof serverSettingsSchema>;
