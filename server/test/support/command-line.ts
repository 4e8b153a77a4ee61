import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const MAIN = join(import.meta.dirname, '../../src/main.ts')

/** A folder for data that goes away with the test. */
export function aFolder() {
  const path = join(mkdtempSync(join(tmpdir(), 'barong-cli-')), 'data')
  return { path, [Symbol.dispose]: () => rmSync(join(path, '..'), { recursive: true, force: true }) }
}

/** The program as an operator calls it. */
export function launch(data_dir: string, args: string[], environment: Record<string, string> = {}) {
  const env = { BARONG_DATA_DIR: data_dir, LOG_LEVEL: 'error', ...environment }
  return spawn(process.execPath, [MAIN, ...args], { env, cwd: join(data_dir, '..') })
}

/** The same, to its end; `args` are separated by single blanks. */
export const barong = (data_dir: string, args: string, environment: Record<string, string> = {}) =>
  run(data_dir, args.split(' '), environment)

/** The same with words that may have blanks in them. */
export async function run(
  data_dir: string,
  args: string[],
  { input = '', ...environment }: Record<string, string> = {},
) {
  const child = launch(data_dir, args, environment)
  child.stdin.end(input)
  const [out, problems, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, problems }
}
