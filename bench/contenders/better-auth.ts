import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repeating, varying } from '../load/conversations.ts'
import { type Contender, startChild } from './contender.ts'

/** Installed by the measurement itself, so that nobody else waits for it. */
export const BETTER_AUTH = '1.7.25'
const SCRIPT = fileURLToPath(new URL('better-auth-server.ts', import.meta.url))
const PACKAGES = fileURLToPath(new URL('../.peers/better-auth', import.meta.url))

interface Said {
  port: number
  people: { email: string; cookie: string }[]
  password: string
}

/** better-auth on SQLite; `undefined` where it cannot be installed. */
export async function startBetterAuth(): Promise<Contender | undefined> {
  if (!install()) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'barong-bench-'))
  const { pid, said, stop } = await startChild<Said>(SCRIPT, [PACKAGES, join(folder, 'better-auth.sqlite')])
  const { people, password } = said
  const origin = { origin: 'http://127.0.0.1' }
  return {
    name: 'better-auth, SQLite',
    kind: 'peer',
    port: said.port,
    pids: () => [pid],
    works: {
      sign_in: repeating(200, people, ({ email }) => ({
        method: 'POST',
        path: '/api/auth/sign-in/email',
        headers: origin,
        json: { email, password },
      })),
      read: repeating(200, people, ({ cookie }) => ({
        method: 'GET',
        path: '/api/auth/get-session',
        headers: { cookie },
      })),
      sign_up: varying(200, () => ({
        method: 'POST',
        path: '/api/auth/sign-up/email',
        headers: origin,
        json: { name: 'Person', email: `${randomUUID()}@example.com`, password },
      })),
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function install(): boolean {
  const done = join(PACKAGES, `.${BETTER_AUTH}`)
  if (existsSync(done)) return true
  mkdirSync(PACKAGES, { recursive: true })
  writeFileSync(
    join(PACKAGES, 'package.json'),
    JSON.stringify({ private: true, dependencies: { 'better-auth': BETTER_AUTH } }),
  )
  const args = ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: PACKAGES, stdio: 'inherit' })
  if (status === 0) writeFileSync(done, '')
  return status === 0
}
