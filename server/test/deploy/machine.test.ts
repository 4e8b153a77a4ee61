import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noNginx, startNginx } from '../support/nginx.ts'
import { eventually, startProgram } from '../support/program.ts'
import { freePort } from '../support/restartable.ts'

const DEPLOY = join(import.meta.dirname, '../../../deploy')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
const hasStrace = spawnSync('strace', ['-V']).status === 0

function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'barong-machine-'))
  return { at: (name: string) => join(path, name), path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('systemd finds nothing wrong with the unit, and calls it closed in', {
  skip: hasSystemd ? false : 'SYSTEMD-ANALYZE IS NOT INSTALLED: the unit was not looked at',
}, () => {
  using folder = aFolder()
  const unit = readFileSync(join(DEPLOY, 'systemd/barong.service'), 'utf8')
  writeFileSync(folder.at('barong.service'), unit.replace('/opt/barong/bin/barong', '/bin/true'))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', folder.at('barong.service')], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
  const args = ['security', '--offline=yes', '--threshold=25', folder.at('barong.service')]
  assert.equal(spawnSync('systemd-analyze', args).status, 0)
})

const UNIT = readFileSync(join(DEPLOY, 'systemd/barong.service'), 'utf8')
const wordsOf = (setting: string): string[] => (RegExp(`^${setting}=(.*)$`, 'm').exec(UNIT)?.[1] ?? '').split(' ')

test('the command line beside the unit has its user, its settings and its files', () => {
  using folder = aFolder()
  // A systemd that tells what it was asked for.
  writeFileSync(folder.at('systemd-run'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 })
  const script = join(DEPLOY, 'systemd/command.sh')
  const PATH = `${folder.path}:${process.env['PATH']}`
  const { stdout } = spawnSync('sh', [script, 'account', 'show', 'ann@example.com'], {
    env: { PATH },
    encoding: 'utf8',
  })
  const asked = stdout.trimEnd().split('\n')
  assert.deepEqual(asked.slice(-4), ['barong', 'account', 'show', 'ann@example.com'])
  const [lines, environment] = [UNIT.split('\n'), wordsOf('Environment')]
  const properties = asked.flatMap((word) => /^--property=(.*)$/.exec(word)?.[1] ?? [])
  // The unit's user has the name of the unit.
  assert.deepEqual(
    properties.filter((property) => !lines.includes(property)),
    ['User=barong'],
  )
  const variables = asked.flatMap((word) => /^--setenv=(.*)$/.exec(word)?.[1] ?? [])
  assert.deepEqual(variables, environment.slice(0, variables.length))
  for (const needed of ['DynamicUser', 'StateDirectory', 'EnvironmentFile', 'LoadCredential'])
    assert.ok(properties.some((property) => property.startsWith(`${needed}=`)))
})

/** The system calls of a group such as @system-service, with those of the groups in it. */
function callsOf(group: string): string[] {
  if (!group.startsWith('@')) return [group]
  const { stdout } = spawnSync('systemd-analyze', ['syscall-filter', group], { encoding: 'utf8' })
  return [...stdout.matchAll(/^ +(@?[\w-]+)$/gm)].flatMap(([, name = '']) => callsOf(name))
}

test('the unit lets the server make every system call, and open every socket, that it needs', {
  skip:
    hasSystemd && hasStrace
      ? false
      : 'SYSTEMD-ANALYZE OR STRACE IS NOT INSTALLED: what the unit allows was not compared',
  timeout: 120_000,
}, async () => {
  using folder = aFolder()
  const allowed = wordsOf('SystemCallFilter').flatMap(callsOf)
  assert.ok(allowed.length > 250)
  // A name with a question mark may be one of another kind of machine. Of sockets the families are looked at.
  const others = `trace=!${allowed.filter((name) => name !== 'socket').map((name) => `?${name}`)}`
  const port = await freePort()
  const command = [process.execPath, join(DEPLOY, '../server/src/main.ts'), 'start']
  const server = spawn(
    'strace',
    ['-D', '-f', '-qq', '--seccomp-bpf', '-o', folder.at('calls'), '-e', others, ...command],
    {
      env: { PATH: process.env['PATH'], HOST: '0.0.0.0', PORT: String(port), BARONG_DATA_DIR: folder.at('data') },
      stdio: 'ignore',
    },
  )
  const call = (path: string, form?: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}${path}`, form ? { method: 'POST', body: new URLSearchParams(form) } : {})
  const ended = once(server, 'exit')
  try {
    await eventually(async () => ((await call('/health/ready').catch(() => undefined))?.ok ? true : undefined))
    const account = { email: 'ann@example.com', password: 'seven lanterns uphill' }
    assert.equal((await call('/api/v1/accounts', account)).status, 201)
  } finally {
    server.kill('SIGTERM')
  }
  assert.deepEqual(await ended, [0, null])
  const calls = readFileSync(folder.at('calls'), 'utf8').split('\n')
  const named = new Set(calls.flatMap((line) => /^\d+ +(\w+)\(/.exec(line)?.[1] ?? []))
  const families = new Set(calls.flatMap((line) => /\bsocket\((AF_\w+)/.exec(line)?.[1] ?? []))
  assert.deepEqual([...named], ['socket'])
  assert.deepEqual(
    [...families].filter((family) => !wordsOf('RestrictAddressFamilies').includes(family)),
    [],
  )
})

test('nginx serves with its example over TLS, without what is for operators', {
  skip: noNginx,
  timeout: 120_000,
}, async () => {
  using folder = aFolder()
  await using program = await startProgram(`sqlite:${folder.at('barong.sqlite')}`, {
    BARONG_TRUSTED_PROXIES: '127.0.0.1',
  })
  await using nginx = await startNginx([new URL(program.url).host])
  const answers = await Promise.all(['/health/live', '/metrics', '/health/deep'].map((path) => nginx.ask('GET', path)))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 404, 404],
  )
  assert.match(answers[0]?.body ?? '', /"ok"/)
  const moved = await fetch(`${nginx.plain_url}/sign-in`, { redirect: 'manual' })
  assert.equal(moved.status, 301)
})
