import { deepEqual, equal, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { aPng, multipart } from '../support/multipart.ts'
import { eventually, nextMessage, type Program, startProgram } from '../support/program.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const PASSWORD = 'umbrella over chimneys 64'

/** The program as an operator calls it, next to the one that serves. */
const barong = (environment: Record<string, string>, ...args: string[]) =>
  new Promise<{ code: number; problems: string }>((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'error', ...environment }
    execFile(process.execPath, [MAIN, ...args], { env }, (error, _out, problems) =>
      resolve({ code: error ? Number(error.code) : 0, problems }),
    )
  })

async function aPerson(program: Program, email: string): Promise<string> {
  equal((await program.call('POST', '/accounts', { json: { email, password: PASSWORD } })).status, 201)
  const [confirmation_token = ''] =
    /(?<=confirmation_token=)[\w-]+/.exec((await nextMessage(program, email)).text) ?? []
  equal((await program.call('POST', '/accounts/confirm', { json: { confirmation_token } })).status, 201)
  return signIn(program, email)
}

async function signIn(program: Program, email: string): Promise<string> {
  const json = { email, password: PASSWORD, application_id: program.application_id }
  const { status, body } = await program.call('POST', '/sessions', { json })
  equal(status, 201)
  return body
}

async function handIn(program: Program, token: string, image: Buffer): Promise<void> {
  const form = multipart([
    ['doc_type', 'Passport'],
    ['doc_number', 'AB 123'],
    ['doc_expire', '2099-01-01'],
    ['upload', { filename: 'passport.png', type: 'image/png', content: image }],
  ])
  equal((await program.call('POST', '/documents', { token, ...form })).status, 201)
}

/** Signs strangers up without pause until it is told to stop; resolves with how many there were. */
function signUps(program: Program) {
  let stopped = false
  const run = async (count = 0): Promise<number> => {
    if (stopped) return count
    const json = { email: `stranger-${count}@example.com`, password: PASSWORD }
    equal((await program.call('POST', '/accounts', { json })).status, 201)
    return run(count + 1)
  }
  const running = run()
  return () => {
    stopped = true
    return running
  }
}

describe('A backup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-backup-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const original = { BARONG_DATA_DIR: join(folder, 'data'), DATABASE_URL: 'sqlite:', BARONG_LIMIT_SIGN_UP: 'off' }
  const copy = join(folder, 'copy')
  const restored = {
    BARONG_DATA_DIR: join(folder, 'restored'),
    DATABASE_URL: 'sqlite:',
    BARONG_MASTER_KEY_FILE: join(folder, 'data/master.key'),
  }
  const image = aPng(3000)

  test('is made while people sign up, and holds everybody and their documents once it is restored', async () => {
    {
      await using program = await startProgram(original.DATABASE_URL, original)
      await handIn(program, await aPerson(program, 'ann@example.com'), image)
      const stop = signUps(program)
      const made = await barong(original, 'backup', copy)
      equal(made.code, 0, made.problems)
      await stop()
    }
    equal((await barong(restored, 'restore', copy)).code, 0)
    await using program = await startProgram(restored.DATABASE_URL, restored)
    const token = await signIn(program, 'ann@example.com')
    const [document] = (await program.call('GET', '/documents', { token })).body
    const kept = await program.call(
      'GET',
      new URL(document.upload.url, program.url).href.replace(/^https?:\/\/[^/]+/, program.url),
    )
    equal(kept.status, 200)
    match(String(kept.body.subarray(1, 4)), /PNG/)
  })

  test('is never written over, and never written over what is there', async () => {
    match((await barong(original, 'backup', copy)).problems, /is there already; a backup is made in a new directory/)
    match((await barong(original, 'restore', copy)).problems, /is there already; move it away first/)
    match((await barong(original, 'restore', join(folder, 'nothing'))).problems, /holds no backup/)
  })

  test('is not restored beside what a former database left', async () => {
    for (const end of ['-wal', '-shm', '-journal']) {
      const BARONG_DATA_DIR = mkdtempSync(join(folder, 'left'))
      writeFileSync(join(BARONG_DATA_DIR, `barong.sqlite${end}`), 'changes of another one')
      const refused = await barong({ ...restored, BARONG_DATA_DIR }, 'restore', copy)
      match(refused.problems, new RegExp(`barong\\.sqlite${end} is there already; move it away first`))
      deepEqual(readdirSync(BARONG_DATA_DIR), [`barong.sqlite${end}`])
    }
  })

  test('goes on when documents are deleted while it is made, and leaves out what has not come in whole', async () => {
    const documents = join(original.BARONG_DATA_DIR, 'documents')
    const leaving = join(documents, 'leaving')
    mkdirSync(leaving)
    for (let each = 0; each < 5000; each += 1) writeFileSync(join(leaving, `${each}`), 'sealed')
    writeFileSync(join(documents, '.incoming/half'), 'sea')
    const other = join(folder, 'copied meanwhile')
    const making = barong(original, 'backup', other)
    const begun = join(`${other}.unfinished`, 'documents/leaving')
    await eventually(async () => (existsSync(begun) && readdirSync(begun).length > 0 ? true : undefined))
    rmSync(leaving, { recursive: true })
    const made = await making
    equal(made.code, 0, made.problems)
    const whole = readdirSync(documents).filter((name) => name !== '.incoming')
    deepEqual(readdirSync(join(other, 'documents')).sort(), [...whole, 'leaving'].sort())
  })

  test('that is damaged is not restored', async () => {
    truncateSync(join(copy, 'barong.sqlite'), 40_000)
    const empty = { ...restored, BARONG_DATA_DIR: join(folder, 'empty') }
    const refused = await barong(empty, 'restore', copy)
    deepEqual([refused.code, /is no sound database\.$/m.test(refused.problems)], [1, true])
  })

  test('of PostgreSQL is left to its own tools', async () => {
    const environment = { ...original, DATABASE_URL: 'postgres://localhost/barong' }
    match((await barong(environment, 'backup', join(folder, 'other'))).problems, /use pg_dump and pg_restore/)
  })
})
