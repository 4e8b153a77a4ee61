import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ImportError } from './import-error.ts'

/** What MySQL and MariaDB call the program that writes dumps. */
const PROGRAMS = ['mysqldump', 'mariadb-dump']
const ARGUMENTS = [
  '--default-character-set=utf8mb4',
  '--single-transaction',
  '--skip-lock-tables',
  '--no-tablespaces',
  '--skip-triggers',
]
/** Large tables of tokens that are not valid here. */
const IGNORED = ['oauth_access_tokens', 'oauth_access_grants']

/** Whether the import reads from a server rather than from a file. */
export const isMysqlUrl = (from: string): boolean => /^(mysql|mariadb):\/\//.test(from)

/** The same without the password: what may be kept and shown. */
export function withoutPassword(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url)
  return `${protocol}//${hostname}${port === '' ? '' : `:${port}`}${pathname}`
}

/**
 * What `mysqldump` writes of the database that the URL names, as it streams by. It is one consistent view of the database, which
 * goes on being used meanwhile. The password is handed over in a file that only we can read.
 */
export async function* dumpOf(url: string): AsyncGenerator<string> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const database = decodeURIComponent(pathname.slice(1))
  if (database === '') throw new ImportError('The address must name the database: mysql://user:password@host/database')
  const folder = mkdtempSync(join(tmpdir(), 'barong-mysql-'))
  try {
    const options = join(folder, 'options')
    writeFileSync(options, optionsFile({ user: username, password }), { mode: 0o600 })
    const address = [`--host=${hostname}`, `--port=${port === '' ? 3306 : port}`, '--protocol=tcp']
    const ignored = IGNORED.map((table) => `--ignore-table=${database}.${table}`)
    yield* run([`--defaults-extra-file=${options}`, ...address, ...ARGUMENTS, ...ignored, '--', database])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file of options (MySQL reference manual, "Using Option Files"). */
function optionsFile(values: Record<string, string>): string {
  const quoted = (value: string) => `"${decodeURIComponent(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  const lines = Object.entries(values).filter(([, value]) => value !== '')
  return ['[client]', ...lines.map(([name, value]) => `${name}=${quoted(value)}`), ''].join('\n')
}

async function* run(args: readonly string[]): AsyncGenerator<string> {
  for (const program of PROGRAMS) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const started = await once(child, 'spawn').then(
      () => true,
      () => false,
    )
    if (!started) continue
    const [complaint, ended] = [text(child.stderr), once(child, 'close')]
    try {
      yield* child.stdout.setEncoding('utf8')
    } finally {
      child.kill()
    }
    const [code] = await ended
    if (code !== 0) throw new ImportError(`${program} said: ${(await complaint).trim()}`)
    return
  }
  throw new ImportError(`To read from a server, ${PROGRAMS.join(' or ')} must be installed here; or give a dump.`)
}
