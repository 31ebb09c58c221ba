import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DATA_SOURCES, tableOf } from '../../../src/deepflow/data-sources.ts';
import { rowHashSql } from '../../../src/exporter/source/clickhouse/rows/row-hash-sql.ts';
import { hashNumber } from '../../../src/exporter/source/row-hash.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema } from '../../harness/generator/generate.ts';

// Hashes stand in progress that outlives a server: these values must never change.

/** Values of each type as SQL, with their hashes; the last ones are of types that DeepFlow does not use today. */
const HASHES: readonly [type: string, hashes: readonly (readonly [sql: string, hash: string])[]][] =
  [
    [
      'UInt8',
      [
        ['0', '4761183170873013810'],
        ['255', '8055013221972926055'],
      ],
    ],
    [
      'UInt16',
      [
        ['0', '4761183170873013810'],
        ['65535', '6547939410751295652'],
      ],
    ],
    [
      'UInt32',
      [
        ['0', '4761183170873013810'],
        ['4294967295', '9168733277332772950'],
      ],
    ],
    [
      'UInt64',
      [
        ['0', '4761183170873013810'],
        ['18446744073709551615', '14600443904207254319'],
      ],
    ],
    [
      'Int32',
      [
        ['0', '4761183170873013810'],
        ['-2147483648', '6300953685602397207'],
      ],
    ],
    [
      'Int64',
      [
        ['0', '4761183170873013810'],
        ['-9223372036854775808', '7378616448805205431'],
      ],
    ],
    [
      'Float64',
      [
        ['0', '4761183170873013810'],
        ['-1.5', '10416135296718872749'],
        ['nan', '9287732440285194709'],
        ['inf', '538402171470004607'],
      ],
    ],
    [
      'String',
      [
        ["''", '11160318154034397263'],
        ["'多语言 \\0'", '8278583577662081399'],
      ],
    ],
    [
      'LowCardinality(String)',
      [
        ["''", '11160318154034397263'],
        ["'多语言 \\0'", '8278583577662081399'],
      ],
    ],
    [
      'IPv4',
      [
        ["'0.0.0.0'", '4761183170873013810'],
        ["'10.244.3.7'", '6097662156338812373'],
      ],
    ],
    [
      'IPv6',
      [
        ["'::'", '18251889321102256092'],
        ["'fd00::1'", '5746526955544571577'],
      ],
    ],
    [
      "DateTime('Asia/Shanghai')",
      [
        ['0', '4761183170873013810'],
        ['1700000000', '8120701680983671539'],
      ],
    ],
    [
      "DateTime64(6, 'Asia/Shanghai')",
      [
        ["'1970-01-02 00:00:00.000000'", '17257898304066532066'],
        ["'2023-11-15 06:13:20.123456'", '226578403383428635'],
      ],
    ],
    [
      'Array(String)',
      [
        ['[]', '4761183170873013810'],
        ["['', 'b']", '7187096113209435287'],
      ],
    ],
    [
      'Array(LowCardinality(String))',
      [
        ['[]', '4761183170873013810'],
        ["['', 'b']", '7187096113209435287'],
      ],
    ],
    [
      'Array(UInt16)',
      [
        ['[]', '4761183170873013810'],
        ['[0, 65535]', '12624344937804635853'],
      ],
    ],
    [
      'Array(Float64)',
      [
        ['[]', '4761183170873013810'],
        ['[0.25, nan, -inf]', '17784576456236423863'],
      ],
    ],
    [
      'Nullable(UInt8)',
      [
        ['NULL', '10767684979084041698'],
        ['0', '5222652260262540557'],
        ['255', '17501999878048599148'],
      ],
    ],
    [
      'Nullable(UInt64)',
      [
        ['NULL', '10767684979084041698'],
        ['0', '5222652260262540557'],
        ['18446744073709551615', '14179659290864365083'],
      ],
    ],
    [
      'Nullable(Int32)',
      [
        ['NULL', '10767684979084041698'],
        ['0', '5222652260262540557'],
        ['-1', '16204450991810761787'],
      ],
    ],
    [
      'Nullable(Int64)',
      [
        ['NULL', '10767684979084041698'],
        ['0', '5222652260262540557'],
        ['-1', '14179659290864365083'],
      ],
    ],
    [
      'Nullable(String)',
      [
        ['NULL', '7898093104922998556'],
        ["''", '6274890804235933623'],
        ["'b'", '6214746597350649877'],
      ],
    ],
    [
      'LowCardinality(Nullable(String))',
      [
        ['NULL', '7898093104922998556'],
        ["''", '6274890804235933623'],
        ["'b'", '6214746597350649877'],
      ],
    ],
    [
      "Nullable(DateTime64(6, 'Asia/Shanghai'))",
      [
        ['NULL', '8707748235132757612'],
        ["'2023-11-15 06:13:20.123456'", '3522334452202722184'],
      ],
    ],
    [
      'Bool',
      [
        ['false', '8507925999289772101'],
        ['true', '5512790967622792941'],
      ],
    ],
    ['UUID', [["'00000000-0000-0000-0000-000000000001'", '14327512838999986089']]],
    [
      "Enum8('a' = 1, 'b' = 2)",
      [
        ["'a'", '2603192927274642682'],
        ["'b'", '4947675599669400333'],
      ],
    ],
    [
      'Nullable(Decimal(9, 2))',
      [
        ['NULL', '7898093104922998556'],
        ['1.25', '224048824348748366'],
      ],
    ],
    [
      'Map(String, String)',
      [
        ['map()', '4096886239439440404'],
        ["map('a', 'b')", '2911621206261470053'],
      ],
    ],
    [
      'Array(Nullable(String))',
      [
        ['[]', '11377327221391349843'],
        ["[NULL, 'b']", '11422791945513958382'],
      ],
    ],
  ];

/** The numbers of DeepFlow's columns and their types, as each version tells them. */
const NUMBERS: Readonly<Record<string, number>> = {
  'flow_metrics.network.1m': 3394061268,
  'flow_metrics.network.1s': 3394061268,
  'flow_metrics.network_map.1m': 3252341061,
  'flow_metrics.network_map.1s': 3252341061,
  'flow_metrics.application.1m': 2120123613,
  'flow_metrics.application.1s': 2120123613,
  'flow_metrics.application_map.1m': 2737816992,
  'flow_metrics.application_map.1s': 2737816992,
  'flow_log.l4_flow_log': 2477212437,
  'flow_log.l7_flow_log': 827283134,
  'event.file_event': 1822148540,
  'event.perf_event': 1822148540,
  'event.file_agg_event': 2729653884,
  'event.file_mgmt_event': 426137535,
  'event.proc_perm_event': 638652915,
  'event.proc_ops_event': 1853475641,
};

let clickHouse: ClickHouseHandle;
beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
});
afterAll(() => clickHouse.stop());

describe('the hash of a row is the same on every version of ClickHouse', () => {
  test.each(HASHES)('with a column of %s', async (type, hashes) => {
    const { query } = clickHouse;
    await query('DROP TABLE IF EXISTS default.hashed');
    await query(`CREATE TABLE default.hashed (n UInt8, x ${type}) ENGINE = MergeTree ORDER BY n`);
    for (const [n, [sql]] of hashes.entries()) {
      await query(`INSERT INTO default.hashed SELECT ${n}, ${sql}`);
    }
    const hash = rowHashSql('values', new Map([['x', type]]));
    const answer = await query(`SELECT ${hash} FROM default.hashed ORDER BY n FORMAT TSV`);
    expect(answer.trim().split('\n')).toEqual(hashes.map(([, value]) => value));
  });

  test('and of several columns, in the order of their names', async () => {
    const columns = new Map([
      ['a', 'Nullable(UInt64)'],
      ['b', 'String'],
    ]);
    const answer = await clickHouse.query(
      `SELECT ${rowHashSql('values', columns)} FROM (SELECT CAST(arrayElement([NULL, 7], number + 1) AS Nullable(UInt64)) AS a, toString(number) AS b FROM numbers(2)) FORMAT TSV`,
    );
    expect(answer.trim().split('\n')).toEqual(['11797412493430248163', '17646871850632865565']);
  });

  test.each(DATA_SOURCES)('and so are the columns and types of %s', async (dataSource) => {
    const { database, table } = tableOf(dataSource, 1);
    const rows = await clickHouse.query(
      `SELECT name, type FROM system.columns WHERE database = '${database}' AND table = '${table}' ORDER BY name FORMAT TSVRaw`,
    );
    const columns = new Map(
      rows
        .trim()
        .split('\n')
        .map((row) => {
          const [name = '', type = ''] = row.split('\t');
          return [name, type] as const;
        }),
    );
    expect(hashNumber('values', columns)).toBe(NUMBERS[dataSource]);
  });
});
