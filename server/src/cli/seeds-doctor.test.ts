import { deepEqual, equal, match } from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { aFolder, barong } from '../../test/support/command-line.ts'

const WRONG = `levels:
  - { key: email, value: verified }
accounts:
  - account: { email: nobody }
  - account: { email: ann@example.com, level: 3 }
  - account: { email: bea@example.com, role: king }
  - account: { email: cid@example.com }
    phone: { number: '12' }
  - account: { email: dan@example.com, shoe_size: 44 }
applications:
  - { name: Shop, uid: shop, redirect_uri: nowhere }
  - { name: Bot, uid: bot, redirect_uri: https://bot.example/ }
  - { name: Bot 2, uid: bot, redirect_uri: https://bot.example/ }
`

const told = (out: string): string[] =>
  out.match(/^PROBLEM {2}seeds .*$/gm)?.map((line) => line.replace(/^PROBLEM {2}seeds +/, '')) ?? []

test('The doctor tells every mistake of the seeds with its line, of which a start tells the first, and leaves nothing behind', async () => {
  using folder = aFolder()
  const SEEDS_FILE = join(folder.path, '../seeds.yml')
  writeFileSync(SEEDS_FILE, WRONG)
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('barong-seeds-'))
  const { code, out } = await barong(folder.path, 'doctor', { SEEDS_FILE })
  equal(code, 1)
  const at = (line: number) => `${SEEDS_FILE}, line ${line}:`
  deepEqual(told(out), [
    `${at(9)} accounts[4].account.shoe_size is not known and left out.`,
    `${at(4)} Email is invalid.`,
    `${at(5)} level is 3, but there are only 1 levels.`,
    `${at(6)} Role must be one of member, support, compliance, admin.`,
    `${at(7)} phone.number is not an international phone number.`,
    `${at(11)} redirect_uri must be a valid URI.`,
    `${at(13)} An application of this name or uid exists already.`,
  ])
  deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith('barong-seeds-') && !before.includes(name)),
    [],
  )
  const started = await barong(folder.path, 'start', { SEEDS_FILE, PORT: '0' })
  match(started.problems, /line 4: Email is invalid\.\n$/)
})

test('What is in the database already is no mistake of the seeds, and what it has is no room for others', async () => {
  using folder = aFolder()
  const SEEDS_FILE = join(folder.path, '../seeds.yml')
  const write = (account: string, application: string) =>
    writeFileSync(
      SEEDS_FILE,
      `accounts:\n  - account: { email: ann@example.com${account} }\napplications:\n  - { ${application}, redirect_uri: https://a.example/ }\n`,
    )
  write('', 'name: One, uid: one')
  equal((await barong(folder.path, 'seed', { SEEDS_FILE })).code, 0)
  write(', role: king', 'name: One, uid: one')
  const again = await barong(folder.path, 'doctor', { SEEDS_FILE })
  deepEqual(told(again.out), [], again.out)
  equal((await barong(folder.path, 'seed', { SEEDS_FILE })).code, 0)
  write('', 'name: Two, uid: one')
  deepEqual(told((await barong(folder.path, 'doctor', { SEEDS_FILE })).out), [
    `${SEEDS_FILE}, line 4: the uid is that of the application One.`,
  ])
  equal((await barong(folder.path, 'seed', { SEEDS_FILE })).code, 1)
})

test('What a start would only remark upon is no problem, and told', async () => {
  using folder = aFolder()
  const SEEDS_FILE = join(folder.path, '../seeds.yml')
  writeFileSync(SEEDS_FILE, 'accounts:\n  - account: { email: ann@example.com, password: password }\n')
  const { code, out } = await barong(folder.path, 'doctor', { SEEDS_FILE })
  equal(code, 0, out)
  match(out, /^ok +seeds +0 levels, 1 accounts, 0 applications; .*line 2: password is too common; production/m)
})
