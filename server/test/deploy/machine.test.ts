import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { eventually, startProgram } from '../support/program.ts'
import { freePort } from '../support/restartable.ts'

const DEPLOY = join(import.meta.dirname, '../../../deploy')
const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx'].find(existsSync)
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

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

test('nginx serves with its example over TLS, without what is for operators', {
  skip: NGINX && hasOpenssl ? false : 'NGINX OR OPENSSL IS NOT INSTALLED: the example for nginx was not run',
  timeout: 120_000,
}, async () => {
  using folder = aFolder()
  await using program = await startProgram(`sqlite:${folder.at('barong.sqlite')}`, {
    BARONG_TRUSTED_PROXIES: '127.0.0.1',
  })
  const [port, plain] = [await freePort(), await freePort()]
  const certificate = ['-keyout', folder.at('key'), '-out', folder.at('pem'), '-subj', '/CN=id.example.com']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...certificate], {
    stdio: 'ignore',
  })
  const site = readFileSync(join(DEPLOY, 'nginx/barong.conf'), 'utf8')
    .replace('127.0.0.1:3000', new URL(program.url).host)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('listen 80', `listen 127.0.0.1:${plain}`)
    .replace('/etc/ssl/id.example.com.pem', folder.at('pem'))
    .replace('/etc/ssl/id.example.com.key', folder.at('key'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder.at(name)};`)
    .join('\n')
  const main = `daemon off; pid ${folder.at('pid')}; error_log stderr warn; events {}\nhttp {\n${temporary}\n${site}\n}\n`
  writeFileSync(folder.at('nginx.conf'), main)
  const nginx = spawn(NGINX ?? '', ['-p', folder.path, '-c', folder.at('nginx.conf')], { stdio: 'ignore' })
  try {
    const answers = await eventually(async () =>
      Promise.all(['/health/live', '/metrics', '/health/deep'].map((path) => ask(port, path))).catch(() => undefined),
    )
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404, 404],
    )
    assert.match(answers[0]?.body ?? '', /"ok"/)
    const moved = await fetch(`http://127.0.0.1:${plain}/sign-in`, { redirect: 'manual' })
    assert.equal(moved.status, 301)
  } finally {
    const ended = once(nginx, 'exit')
    nginx.kill('SIGTERM')
    await ended
  }
})

/** Asks over TLS, whoever signed the certificate. */
async function ask(port: number, path: string): Promise<{ status: number | undefined; body: string }> {
  const sent = request({ host: '127.0.0.1', port, path, rejectUnauthorized: false }).end()
  const [answer] = await once(sent, 'response')
  return { status: answer.statusCode, body: await text(answer) }
}
