import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, freePort, startRestartable } from './restartable.ts'

const PROGRAM = '/usr/sbin/mariadbd'
const NOBODY = 65_534

/** Why a test that needs a server of MySQL cannot run here, or `false`: for the `skip` option of a test. */
export const noMariadb: string | false = existsSync(PROGRAM)
  ? false
  : 'NOT TESTED: there is no MariaDB. Install the Debian packages mariadb-server-core and mariadb-client.'

if (noMariadb) process.stderr.write(`\n*** ${noMariadb}\n\n`)

/** A real MariaDB for tests, with one user who has a password and reads all. */
export interface Mariadb extends AsyncDisposable {
  /** Of the database `barong_production`. */
  url: string
  /** Has the server carry out a file of statements. */
  load(file: string): Promise<void>
}

/** Starts such a server. */
export async function startMariadb(): Promise<Mariadb> {
  const folder = await mkdtemp(join(tmpdir(), 'barong-mariadb-'))
  const root = process.getuid?.() === 0
  if (root) await chown(folder, NOBODY, NOBODY)
  const port = await freePort()
  const socket = join(folder, 'socket')
  const program = await startRestartable({
    folder,
    user: root ? { uid: NOBODY, gid: NOBODY } : {},
    env: {},
    init: `mariadb-install-db --no-defaults --datadir="${folder}/data" --auth-root-authentication-method=normal --skip-test-db`,
    run: `${PROGRAM} --no-defaults --datadir="${folder}/data" --socket="${socket}" --bind-address=127.0.0.1 --port=${port}`,
  })
  const say = (sql: string, ...args: string[]) =>
    execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', ...args], {
      input: sql,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
  await eventually('MariaDB', async () => say('select 1'))
  say(`create database barong_production character set utf8mb4;
    create user 'reader'@'127.0.0.1' identified by 'p"a\\\\ss wörd';
    grant select, lock tables, show view on barong_production.* to 'reader'@'127.0.0.1';`)
  const password = encodeURIComponent('p"a\\ss wörd')
  return {
    url: `mysql://reader:${password}@127.0.0.1:${port}/barong_production`,
    load: async (file) => {
      say(await readFile(file, 'utf8'), 'barong_production')
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}
