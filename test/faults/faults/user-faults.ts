import { eventually } from '../eventually.ts';
import { degree, type Fault } from '../fault.ts';

const DEADLINE_MS = 60_000;
const newPassword = (): string => `password of ${Date.now()}`;

/** Rights, passwords and quotas that change. */
export function userFaults(): readonly Fault[] {
  return [
    {
      name: 'the rights of the user are taken and given back',
      part: 'user',
      lastsMs: [500, 6_000],
      begin: async ({ user }) => {
        await eventually(() => user.revokeRights(), DEADLINE_MS);
        return () => eventually(() => user.grantRights(), DEADLINE_MS);
      },
    },
    {
      name: 'the password changes in Kafka, then in the files',
      part: 'user',
      lastsMs: [0, 5_000],
      begin: async ({ user, writePassword }) => {
        await eventually(() => user.setPassword(newPassword()), DEADLINE_MS);
        return () => writePassword(user.password());
      },
    },
    {
      name: 'the password changes in the files, then in Kafka',
      part: 'user',
      lastsMs: [0, 5_000],
      begin: async ({ user, writePassword }) => {
        const password = newPassword();
        await writePassword(password);
        return () => eventually(() => user.setPassword(password), DEADLINE_MS);
      },
    },
    {
      name: 'brokers slow the user down by a quota',
      part: 'quota',
      lastsMs: [2_000, 8_000],
      begin: async ({ kafka, user }, step) => {
        const bytesPerSecond = Math.round(degree(step, 5_000, 50_000));
        await eventually(() => kafka.setProduceQuota(user.username, bytesPerSecond), DEADLINE_MS);
        return () => eventually(() => kafka.setProduceQuota(user.username, undefined), DEADLINE_MS);
      },
    },
  ];
}
