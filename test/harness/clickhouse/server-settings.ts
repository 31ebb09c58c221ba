import { z } from 'zod';

/** What the server's process is told in a file, so that the password is on no command line. */
export const serverSettingsSchema = z.strictObject({
  dataFolder: z.string(),
  addresses: z.array(z.string()),
  port: z.int(),
  username: z.string(),
  password: z.string(),
});

/** See {@link serverSettingsSchema}. */
export type ServerSettings = z.infer<typeof serverSettingsSchema>;
