import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { IN_PRODUCTION } from '../../../test/support/production.ts'
import { ConfigError, loadConfig } from './config.ts'
import { makeMasterKeys, masterKeys, ownSigningKey } from './secrets.ts'

const directory = mkdtempSync(join(tmpdir(), 'barong-secrets-'))
after(() => rmSync(directory, { recursive: true, force: true }))
let count = 0
const newDirectory = () => join(directory, String(++count))
const keysOf = (environment: Record<string, string>) => masterKeys(loadConfig(environment))
const base64 = () => randomBytes(32).toString('base64')

test('the master key is 32 bytes in base64, base64url or hexadecimal', () => {
  const bytes = randomBytes(32)
  for (const text of [
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    ` ${bytes.toString('hex').toUpperCase()} `,
  ])
    assert.deepEqual(keysOf({ BARONG_MASTER_KEY: text }), [bytes])
})

test('several master keys keep their order', () => {
  const [one, other] = [randomBytes(32), randomBytes(32)]
  assert.deepEqual(keysOf({ BARONG_MASTER_KEY: `${one.toString('hex')}, ${other.toString('base64')}` }), [one, other])
})

test('a master key that is short, long or mistyped is refused', () => {
  const good = base64()
  const wrong = [
    'changeme',
    `${good},`,
    good.slice(4),
    `${good}AAAA`,
    `${good.slice(0, 20)}*${good.slice(20)}`,
    'f'.repeat(63),
  ]
  for (const text of wrong)
    assert.throws(
      () => keysOf({ BARONG_MASTER_KEY: text }),
      /^ConfigError: BARONG_MASTER_KEY must be 32 bytes in base64 or hexadecimal/,
      text,
    )
})

test('a master key that was made up is refused in production', () => {
  for (const key of [Buffer.alloc(32), Buffer.alloc(32, 'abcdefgh')])
    assert.throws(
      () => keysOf({ ...IN_PRODUCTION, BARONG_MASTER_KEY: key.toString('hex') }),
      /BARONG_MASTER_KEY is not random/,
    )
  const older = `${base64()},${Buffer.alloc(32).toString('base64')}`
  assert.throws(() => keysOf({ ...IN_PRODUCTION, BARONG_MASTER_KEY: older }), /BARONG_MASTER_KEY is not random/)
  for (let tried = 0; tried < 200; tried++) keysOf({ ...IN_PRODUCTION, BARONG_MASTER_KEY: base64() })
})

test('the master key can be read from a file, and a file that cannot be read is named', () => {
  const key = base64()
  const file = join(directory, 'mounted.key')
  writeFileSync(file, `${key}\n`)
  assert.deepEqual(keysOf({ BARONG_MASTER_KEY_FILE: file }), [Buffer.from(key, 'base64')])
  const missing = join(directory, 'missing.key')
  assert.throws(() => keysOf({ BARONG_MASTER_KEY_FILE: missing }), {
    name: 'ConfigError',
    message: /^BARONG_MASTER_KEY_FILE cannot be read: ENOENT.*missing\.key'\.$/,
  })
  assert.throws(() => keysOf({ BARONG_MASTER_KEY_FILE: directory }), {
    message: /^BARONG_MASTER_KEY_FILE cannot be read: EISDIR/,
  })
})

test('in development a master key is made once, for its owner alone', () => {
  const data_dir = newDirectory()
  assert.equal(keysOf({ BARONG_DATA_DIR: data_dir }), undefined)
  const first = makeMasterKeys(loadConfig({ BARONG_DATA_DIR: data_dir }), undefined)
  assert.deepEqual(makeMasterKeys(loadConfig({ BARONG_DATA_DIR: data_dir }), 'other'), first)
  assert.deepEqual(keysOf({ BARONG_DATA_DIR: data_dir }), first)
  assert.equal(statSync(join(data_dir, 'master.key')).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(data_dir), ['master.key'])
})

test('no master key is made where something is sealed under another one', () => {
  const data_dir = newDirectory()
  assert.throws(
    () => makeMasterKeys(loadConfig({ BARONG_DATA_DIR: data_dir }), '0123abcd'),
    /^ConfigError: There is no master key, .* sealed under the master key 0123abcd: .*master\.key\. None was made\.$/,
  )
  assert.equal(existsSync(join(data_dir, 'master.key')), false)
})

test('processes that start at once share the master key that one of them makes', async () => {
  const data_dir = newDirectory()
  const program = `
    const { loadConfig } = await import('${new URL('./config.ts', import.meta.url)}')
    const { makeMasterKeys } = await import('${new URL('./secrets.ts', import.meta.url)}')
    console.log(makeMasterKeys(loadConfig({ BARONG_DATA_DIR: ${JSON.stringify(data_dir)} }), undefined)[0].toString('base64'))`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  const outputs = await Promise.all([run(), run(), run(), run()])
  const [key] = readFileSync(join(data_dir, 'master.key'), 'utf8').split('\n')
  assert.deepEqual(
    outputs.map(({ stdout }) => stdout.trim()),
    Array(4).fill(key),
  )
})

test('in production no master key is made', () => {
  const config = { ...loadConfig({ BARONG_DATA_DIR: newDirectory() }), production: true }
  assert.throws(() => masterKeys(config), ConfigError)
})

test('the own signing key is read from a file or from URL-safe base64', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\n???>>>\n-----END PRIVATE KEY-----'
  const file = join(directory, 'jwt.pem')
  writeFileSync(file, `${pem}\n`)
  assert.equal(ownSigningKey(loadConfig({})), undefined)
  assert.equal(ownSigningKey(loadConfig({ JWT_PRIVATE_KEY_PATH: file })), pem)
  assert.equal(ownSigningKey(loadConfig({ JWT_SHARED_SECRET_KEY: Buffer.from(pem).toString('base64url') })), pem)
  rmSync(file)
  assert.throws(() => ownSigningKey(loadConfig({ JWT_PRIVATE_KEY_PATH: file })), {
    message: /^JWT_PRIVATE_KEY_PATH cannot be read: ENOENT/,
  })
})
