import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { IN_PRODUCTION } from '../../../test/support/production.ts'
import { loadConfig } from './config.ts'
import { fromFiles } from './secret-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'barong-secret-files-'))
after(() => rmSync(directory, { recursive: true, force: true }))

function aFile(name: string, text: string, mode = 0o600): string {
  const file = join(directory, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

test('every secret can be read from a file, and a file that cannot be read is named', () => {
  assert.ok(fromFiles.includes('SMTP_PASSWORD') && fromFiles.includes('DATABASE_URL') && fromFiles.length > 12)
  const file = aFile('smtp', 'from a file\n')
  assert.equal(loadConfig({ SMTP_PASSWORD_FILE: file }).values.SMTP_PASSWORD, 'from a file')
  const url = aFile('database', 'postgres://me:a-password@db/barong')
  assert.equal(loadConfig({ DATABASE_URL_FILE: url }).database.kind, 'postgres')
  assert.throws(() => loadConfig({ DATABASE_URL_FILE: aFile('empty', ' \n') }), {
    message: `DATABASE_URL_FILE is empty: ${directory}/empty.`,
  })
  assert.throws(() => loadConfig({ SMTP_PASSWORD_FILE: `${file}.not` }), /SMTP_PASSWORD_FILE cannot be read: ENOENT/)
  assert.throws(() => loadConfig({ SMTP_PASSWORD_FILE: file, SMTP_PASSWORD: 'x' }), {
    message: 'SMTP_PASSWORD and SMTP_PASSWORD_FILE are both set; keep one.',
  })
})

// ASVS 13.2.1
test('credentials of a file are what it holds by now, and what it held while it holds none', () => {
  const first = 'postgres://one:a-password@db/barong'
  const file = aFile('replaced', first)
  const { database, reread } = loadConfig({ DATABASE_URL_FILE: file, EVENT_API_RABBITMQ_URL: 'amqp://mq' })
  const current = database.kind === 'postgres' ? database.current_url : undefined
  assert.equal(current?.(), first)
  aFile('replaced', 'postgres://two:another@db/barong\n')
  assert.equal(current?.(), 'postgres://two:another@db/barong')
  aFile('replaced', '')
  assert.equal(current?.(), 'postgres://two:another@db/barong')
  rmSync(file)
  assert.equal(current?.(), 'postgres://two:another@db/barong')
  assert.equal(reread('EVENT_API_RABBITMQ_URL'), undefined, 'it is in no file')
})

// ASVS 13.3.2
test('a secret that others can read or change stops the start in production', () => {
  const { SMS_HOOK_SECRET: _without, BARONG_MASTER_KEY: key = '', ...rest } = IN_PRODUCTION
  const start = (mode: number, sqlite = 0o600) =>
    loadConfig({
      ...rest,
      BARONG_MASTER_KEY_FILE: aFile('master', key, mode),
      SMS_HOOK_SECRET_FILE: aFile('hook', 'a secret of the hook'),
      DATABASE_URL: `sqlite:${aFile('barong.sqlite', '', sqlite)}`,
    })
  for (const mode of [0o600, 0o400, 0o440]) assert.equal(start(mode).production, true)
  for (const mode of [0o644, 0o604, 0o660, 0o602])
    assert.throws(() => start(mode), {
      message: `BARONG_MASTER_KEY_FILE: other users of this machine can read or change ${directory}/master; run \`chmod g-w,o= ${directory}/master\`.`,
    })
  const SMS_HOOK_SECRET_FILE = aFile('run/secrets/hook', 'a secret of the hook', 0o644)
  assert.throws(
    () => loadConfig({ ...rest, BARONG_MASTER_KEY: key, SMS_HOOK_SECRET_FILE }),
    /SMS_HOOK_SECRET_FILE: other users/,
  )
  assert.throws(() => start(0o600, 0o644), /^ConfigError: DATABASE_URL: other users of this machine can read or change/)
})
