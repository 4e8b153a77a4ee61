import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clamd } from '../../src/platform/antivirus/clamd.ts'
import { eventually, freePort, startRestartable } from './restartable.ts'

/** What every scanner finds and nobody is hurt by (eicar.org); in two parts, lest one finds it here. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD', '-ANTIVIRUS-TEST-FILE!$H+H*'].join('')
export const EICAR_NAME = 'Barong.Eicar.Test'

/** A real ClamAV daemon that knows one signature. Its process and files go when it goes. */
export interface Clamd extends AsyncDisposable {
  /** `clamav://…` by TCP, and by its socket. */
  tcp: string
  socket: string
  kill(): Promise<void>
}

const PROGRAM = '/usr/sbin/clamd'
const NOBODY = 65_534
/** Bytes of the largest file that it takes. */
export const LARGEST = 2 * 1024 * 1024

/** Starts one on the loopback interface as an unprivileged user, which takes about half a second. */
export async function startClamd(): Promise<Clamd> {
  if (!existsSync(PROGRAM)) throw new Error('There is no ClamAV. Install the Debian package clamav-daemon.')
  const folder = await mkdtemp(join(tmpdir(), 'barong-clamd-'))
  const [port, socket] = [await freePort(), join(folder, 'clamd.sock')]
  await mkdir(join(folder, 'signatures'))
  const signature = `${EICAR_NAME}:0:*:${Buffer.from(EICAR).toString('hex')}\n`
  await writeFile(join(folder, 'signatures', 'test.ndb'), signature)
  await writeFile(join(folder, 'clamd.conf'), settings({ folder, port, socket }))
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chown(folder, NOBODY, NOBODY)
  const program = await startRestartable({
    folder,
    user: isRoot ? { uid: NOBODY, gid: NOBODY } : {},
    env: {},
    run: `${PROGRAM} --config-file=clamd.conf`,
  })
  const tcp = `clamav://127.0.0.1:${port}`
  await eventually('clamd', () => clamd(tcp).version())
  return {
    tcp,
    socket: `clamav://${socket}`,
    kill: program.kill,
    [Symbol.asyncDispose]: program[Symbol.asyncDispose],
  }
}

const settings = ({ folder, port, socket }: { folder: string; port: number; socket: string }): string =>
  [
    'Foreground yes',
    `LocalSocket ${socket}`,
    `TCPSocket ${port}`,
    'TCPAddr 127.0.0.1',
    `DatabaseDirectory ${join(folder, 'signatures')}`,
    `TemporaryDirectory ${folder}`,
    `StreamMaxLength ${LARGEST}`,
    'MaxThreads 2',
    '',
  ].join('\n')
