import { untilDone } from '../../lib/until.ts';
import { degree, type Fault } from '../fault.ts';

const newPassword = (): string => `password of ${Date.now()}`;

/** Rights, passwords and quotas that change. */
export function userFaults(): readonly Fault[] {
  return [
    {
      name: 'the rights of the user are taken and given back',
      part: 'user',
      lastsMs: [500, 6_000],
      begin: async ({ user }) => {
        await untilDone('no rights', () => user.revokeRights());
        return () => untilDone('the rights', () => user.grantRights());
      },
    },
    {
      name: 'the password changes in Kafka, then in the files',
      part: 'user',
      lastsMs: [0, 5_000],
      begin: async ({ user, writePassword }) => {
        await untilDone('a password', () => user.setPassword(newPassword()));
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
        return () => untilDone('a password', () => user.setPassword(password));
      },
    },
    {
      name: 'brokers slow the user down by a quota',
      part: 'quota',
      lastsMs: [2_000, 8_000],
      begin: async ({ kafka, user }, step) => {
        const bytesPerSecond = Math.round(degree(step, 5_000, 50_000));
        await untilDone('a quota', () => kafka.setProduceQuota(user.username, bytesPerSecond));
        return () => untilDone('no quota', () => kafka.setProduceQuota(user.username, undefined));
      },
    },
  ];
}
