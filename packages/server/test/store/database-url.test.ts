import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { databaseProblem } from '../../src/store/open-store.ts';
import { databaseOptions, withoutPassword } from '../../src/store/postgres/database-url.ts';
import { startupOptions } from '../../src/store/postgres/session-defaults.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const PLAIN = { database: 'orders', ssl: false, poolSize: 10, preparedStatements: true } as const;

describe('A database URL', () => {
  const TAKEN = [
    ['postgres://db/orders', { ...PLAIN, hosts: [{ host: 'db', port: 5432 }] }],
    ['postgresql://u@db:6000/orders', { ...PLAIN, user: 'u', hosts: [{ host: 'db', port: 6000 }] }],
    [
      'postgres://u%40x:p%3Aw@one,two:5433,[::1]:5434/orders',
      {
        ...PLAIN,
        user: 'u@x',
        password: 'p:w',
        hosts: [
          { host: 'one', port: 5432 },
          { host: 'two', port: 5433 },
          { host: '::1', port: 5434 },
        ],
      },
    ],
    [
      'postgres://db/orders?sslmode=require&pool_size=3&prepared_statements=off',
      {
        ...PLAIN,
        hosts: [{ host: 'db', port: 5432 }],
        ssl: { rejectUnauthorized: false },
        poolSize: 3,
        preparedStatements: false,
      },
    ],
    [
      'postgres://db/orders?sslmode=verify-full',
      { ...PLAIN, hosts: [{ host: 'db', port: 5432 }], ssl: { rejectUnauthorized: true } },
    ],
  ] as const;
  for (const [url, options] of TAKEN) {
    test(`${url} is understood`, () => {
      assert.equal(databaseProblem(url), undefined);
      assert.deepEqual(databaseOptions(url), options);
    });
  }

  test('a process that only reads says so to the server', () => {
    assert.match(startupOptions('read'), /read_only=on/);
    assert.match(startupOptions('write'), /read_only=off/);
  });

  test('sslrootcert names a file with certificates', (t) => {
    const file = join(temporaryFolder(t), 'ca.pem');
    const url = `postgres://db/orders?sslmode=verify-full&sslrootcert=${file}`;
    assert.throws(() => databaseOptions(url), /cannot read the certificates of sslrootcert: ENOENT/);
    writeFileSync(file, 'PEM');
    assert.deepEqual(databaseOptions(url).ssl, { rejectUnauthorized: true, ca: 'PEM' });
  });

  const REFUSED = [
    ['postgres:', /must be postgres:\/\/user@host\/database/],
    ['postgres://', /must be postgres:/],
    ['postgres://db', /must name its database/],
    ['postgres://u:secret:x@db/orders', /a colon in them is written %3A/],
    ['postgres://u:secret@db:x/orders', /has a host that is none/],
    ['postgres://u:secret@,/orders', /has a host that is none/],
    ['postgres://u:%zz@db/orders', /has a % without two hex digits/],
    ['postgres://u:secret@db/orders?ssl=on', /has a parameter that is none of sslmode/],
    ['postgres://db/orders?sslmode=prefer', /sslmode must be one of disable, require, verify-full/],
    ['postgres://db/orders?pool_size=0', /pool_size must be a number from 1 to 9999/],
    ['postgres://db/orders?prepared_statements=no', /prepared_statements must be on or off/],
  ] as const;
  for (const [url, problem] of REFUSED) {
    test(`${url} is refused, and nothing secret repeated`, () => {
      assert.match(databaseProblem(url) ?? '', problem);
      assert.doesNotMatch(databaseProblem(url) ?? '', /secret/);
      assert.throws(() => databaseOptions(url), problem);
    });
  }

  test('is shown without its password', () => {
    assert.equal(withoutPassword('postgres://u:se:cr@et@db/orders'), 'postgres://u@db/orders');
    assert.equal(withoutPassword('postgres://u@db/orders'), 'postgres://u@db/orders');
  });
});
