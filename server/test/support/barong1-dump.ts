import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { BCRYPT } from './account-files.ts'
import { anRsaKey } from './client-keys.ts'

/** The tables of Barong 1.8.26 that have rows here, as mysqldump writes them: in alphabetical order. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  accounts:
    'id uid email encrypted_password reset_password_token reset_password_sent_at remember_created_at sign_in_count current_sign_in_at last_sign_in_at current_sign_in_ip last_sign_in_ip confirmation_token confirmed_at confirmation_sent_at unconfirmed_email failed_attempts unlock_token locked_at role level otp_enabled state created_at updated_at discarded_at'.split(
      ' ',
    ),
  api_keys: ['uid', 'public_key', 'scopes', 'expires_in', 'state', 'account_id', 'created_at', 'updated_at'],
  documents: 'id account_id upload doc_type doc_number doc_expire metadata created_at updated_at'.split(' '),
  labels: ['id', 'account_id', 'key', 'value', 'scope', 'created_at', 'updated_at'],
  levels: ['id', 'key', 'value', 'description', 'created_at', 'updated_at'],
  oauth_access_tokens:
    'id resource_owner_id application_id token refresh_token expires_in scopes previous_refresh_token revoked_at created_at'.split(
      ' ',
    ),
  oauth_applications: 'id name uid secret redirect_uri scopes skipauth created_at updated_at'.split(' '),
  phones: 'id account_id number country code validated_at created_at updated_at'.split(' '),
  profiles: 'id account_id first_name last_name dob address postcode city country metadata created_at updated_at'.split(
    ' ',
  ),
  websites: 'id domain title logo favicon stylesheet header footer redirect_url state created_at updated_at'.split(' '),
}

/** Those of Barong 1.7.0, which had no levels, no API keys and less of all else. */
export const TABLES_1_7: typeof TABLES = {
  accounts: without('accounts', ['state', 'discarded_at']),
  documents: without('documents', ['metadata']),
  labels: without('labels', []),
  phones: without('phones', []),
  profiles: [...without('profiles', ['metadata']), 'state'],
}

function without(table: string, columns: readonly string[]): string[] {
  return (TABLES[table] ?? []).filter((column) => !columns.includes(column))
}

type Cell = string | number | null
export type Rows = Record<string, Cell>

const T = '2019-03-04 05:06:07'
const TIMES = { created_at: T, updated_at: '2019-05-06 07:08:09' }
/** Bytes of rows in one INSERT, as mysqldump's net_buffer_length makes them. */
const INSERT_LENGTH = 1_000_000

/** An account of 1.x; further columns are NULL. */
export const account = (id: number, more: Rows = {}): Rows => ({
  id,
  uid: `ID${id.toString(16).toUpperCase().padStart(10, '0')}`,
  email: `person${id}@example.com`,
  encrypted_password: BCRYPT.replace('$2b$', '$2a$'),
  sign_in_count: 3,
  confirmation_token: `token-${id}`,
  confirmed_at: T,
  failed_attempts: 0,
  role: 'member',
  level: 1,
  otp_enabled: 0,
  state: 'active',
  ...TIMES,
  ...more,
})

const PUBLIC_KEY = anRsaKey().public_key
const uuidOf = (id: number): string => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`

/**
 * Rows of so many accounts, by table: all have a confirmed e-mail; of four, two have a verified phone (level 2) and one of
 * those a profile and a verified document (level 3); one of ten has an API key. Tables are made one after the other.
 */
const rowsOf: Readonly<Record<string, (count: number) => Iterable<Rows>>> = {
  accounts: (count) => each(count, (id) => account(id, { level: levelOf(id) })),
  api_keys: (count) => each(count, (id) => (id % 10 === 0 ? apiKey(id) : undefined)),
  documents: (count) => each(count, (id) => (levelOf(id) === 3 ? document(id) : undefined)),
  labels: (count) => labelsOf(count),
  levels: () =>
    ['email', 'phone', 'document'].map((key, index) => ({
      id: index + 1,
      key,
      value: 'verified',
      description: key,
      ...TIMES,
    })),
  oauth_access_tokens: (count) =>
    each(count, (id) => ({
      id,
      resource_owner_id: id,
      application_id: 1,
      token: `a'b;c"(${id})`.repeat(20),
      created_at: T,
    })),
  oauth_applications: () => [
    {
      id: 1,
      name: 'Peatio',
      uid: 'ab'.repeat(32),
      secret: 'cd'.repeat(32),
      redirect_uri: 'https://peatio.example/auth/barong/callback\r\nhttps://other.example/callback',
      scopes: 'peatio',
      skipauth: 1,
      ...TIMES,
    },
  ],
  phones: (count) => each(count, (id) => (levelOf(id) > 1 ? phone(id) : undefined)),
  profiles: (count) => each(count, (id) => (levelOf(id) === 3 ? profile(id) : undefined)),
}

const levelOf = (id: number): number => (id % 4 === 0 ? 3 : id % 2 === 0 ? 2 : 1)

const apiKey = (id: number): Rows => ({
  uid: uuidOf(id),
  public_key: PUBLIC_KEY,
  scopes: 'trade',
  expires_in: 3600,
  state: 'active',
  account_id: id,
  ...TIMES,
})

const document = (id: number): Rows => ({
  id,
  account_id: id,
  upload: 'scan_of_passport.png',
  doc_type: 'Passport',
  doc_number: `P-${id}`,
  doc_expire: '2020-01-01',
  metadata: '{"pages":2}',
  ...TIMES,
})

const phone = (id: number): Rows => ({
  id,
  account_id: id,
  number: `4915${String(id).padStart(9, '0')}`,
  country: 'DE',
  code: '12345',
  validated_at: T,
  ...TIMES,
})

const profile = (id: number): Rows => ({
  id,
  account_id: id,
  first_name: 'Ada',
  last_name: "O'Hara",
  dob: '1985-04-12',
  address: '12, Main Street',
  postcode: '10115',
  city: 'Köln',
  country: 'DE',
  metadata: '{"note":"line\\n\\"two\\""}',
  ...TIMES,
})

function* each(count: number, make: (id: number) => Rows | undefined): Generator<Rows> {
  for (let id = 1; id <= count; id += 1) {
    const row = make(id)
    if (row) yield row
  }
}

function* labelsOf(count: number): Generator<Rows> {
  let id = 0
  for (let account_id = 1; account_id <= count; account_id += 1) {
    for (const key of ['email', 'phone', 'document'].slice(0, levelOf(account_id)))
      yield { id: ++id, account_id, key, value: 'verified', scope: 'private', ...TIMES }
  }
}

/** Writes a dump of so many accounts, with `more` rows at the end of their tables. */
export async function writeBarong1Dump(
  file: string,
  count: number,
  more: Record<string, Rows[]> = {},
  tables = TABLES,
): Promise<void> {
  const out = createWriteStream(file)
  for (const text of dump(count, more, tables)) if (!out.write(text)) await once(out, 'drain')
  out.end()
  await finished(out)
}

function* dump(count: number, more: Record<string, Rows[]>, tables: typeof TABLES): Generator<string> {
  yield '-- MySQL dump 10.13\n/*!40101 SET NAMES utf8 */;\n'
  for (const [table, columns] of Object.entries(tables)) {
    const lines = columns.map((name) => `  \`${name}\` ${typeOf(name)},\n`).join('')
    yield `DROP TABLE IF EXISTS \`${table}\`;\nCREATE TABLE \`${table}\` (\n${lines}  PRIMARY KEY (\`${columns[0]}\`)\n);\n`
    yield `LOCK TABLES \`${table}\` WRITE;\n/*!40000 ALTER TABLE \`${table}\` DISABLE KEYS */;\n`
    let values: string[] = []
    let length = 0
    for (const row of chain(rowsOf[table]?.(count) ?? [], more[table] ?? [])) {
      const value = `(${columns.map((name) => literal(row[name] ?? null)).join(',')})`
      values.push(value)
      length += value.length
      if (length < INSERT_LENGTH) continue
      yield `INSERT INTO \`${table}\` VALUES ${values.join(',')};\n`
      values = []
      length = 0
    }
    if (values.length > 0) yield `INSERT INTO \`${table}\` VALUES ${values.join(',')};\n`
    yield `/*!40000 ALTER TABLE \`${table}\` ENABLE KEYS */;\nUNLOCK TABLES;\n`
  }
  yield '-- Dump completed on 2019-06-07  8:09:10\n'
}

/** The type of a column, as a server needs it that the dump is loaded into. */
function typeOf(column: string): string {
  if (column === 'id' || column.endsWith('_id')) return 'bigint(20) NOT NULL'
  if (column.endsWith('_at')) return 'datetime DEFAULT NULL'
  if (column === 'dob' || column === 'doc_expire') return 'date DEFAULT NULL'
  if (['otp_enabled', 'skipauth'].includes(column)) return "tinyint(1) DEFAULT '0'"
  if (['level', 'failed_attempts', 'sign_in_count', 'expires_in'].includes(column)) return 'int(11) DEFAULT NULL'
  return ['public_key', 'token', 'redirect_uri', 'metadata'].includes(column) ? 'text' : 'varchar(255) DEFAULT NULL'
}

function* chain(...parts: Iterable<Rows>[]): Generator<Rows> {
  for (const part of parts) yield* part
}

const ESCAPED: Readonly<Record<string, string>> = { "'": "\\'", '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r' }

const literal = (cell: Cell): string =>
  cell === null
    ? 'NULL'
    : typeof cell === 'number'
      ? String(cell)
      : `'${cell.replace(/['"\\\n\r]/g, (c) => ESCAPED[c] ?? c)}'`

if (import.meta.main) await writeBarong1Dump(process.argv[2] ?? 'barong1.sql', Number(process.argv[3] ?? 100_000))
