import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { eventually } from './program.ts'
import { freePort } from './restartable.ts'

const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx'].find(existsSync)
const SITE = readFileSync(join(import.meta.dirname, '../../../deploy/nginx/barong.conf'), 'utf8')

/** Why the example for nginx cannot be run here, or `false`: for the `skip` option of a test. */
export const noNginx: string | false =
  NGINX && spawnSync('openssl', ['version']).status === 0
    ? false
    : 'NGINX OR OPENSSL IS NOT INSTALLED: the example for nginx was not run'

/** An nginx in front of servers, which is asked over TLS. */
export interface Nginx extends AsyncDisposable {
  /** Address of the port that leads to the other one. */
  plain_url: string
  ask(method: string, path: string, options?: { headers?: Record<string, string>; body?: string }): Promise<Told>
}

interface Told {
  status: number | undefined
  body: string
}

/** Runs the example of deploy/nginx/barong.conf as it stands there but for its addresses, in front of these hosts with ports. */
export async function startNginx([first, ...others]: readonly string[]): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'barong-nginx-'))
  const at = (name: string) => join(folder, name)
  const [port, plain] = [await freePort(), await freePort()]
  const certificate = ['-keyout', at('key'), '-out', at('pem'), '-subj', '/CN=id.example.com']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...certificate], {
    stdio: 'ignore',
  })
  const site = SITE.replace('127.0.0.1:3000', first ?? '')
    .replace(/# (server )10\.0\.0\.12:3000(.*)/, others.map((host) => `$1${host}$2`).join('\n'))
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('listen 80', `listen 127.0.0.1:${plain}`)
    .replace('/etc/ssl/id.example.com.pem', at('pem'))
    .replace('/etc/ssl/id.example.com.key', at('key'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${at(name)};`)
  const main = `daemon off; pid ${at('pid')}; error_log stderr crit; events {}\nhttp {\n${temporary.join('\n')}\n${site}\n}\n`
  writeFileSync(at('nginx.conf'), main)
  const nginx = spawn(NGINX ?? '', ['-p', folder, '-c', at('nginx.conf'), '-e', 'stderr'], { stdio: 'ignore' })
  // Whoever signed the certificate.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const ask: Nginx['ask'] = async (method, path, { headers = {}, body } = {}) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent, headers }).end(body)
    const [answer] = await once(sent, 'response')
    return { status: answer.statusCode, body: await text(answer) }
  }
  await eventually(() => ask('GET', '/health/live').catch(() => undefined))
  return {
    plain_url: `http://127.0.0.1:${plain}`,
    ask,
    [Symbol.asyncDispose]: async () => {
      agent.destroy()
      const ended = once(nginx, 'exit')
      nginx.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
