import { deepEqual, match } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

const PROGRAM = join(import.meta.dirname, '../../../test/support/supervised-program.ts')

/** A supervisor of one worker, and its lines, which are waited for one after the other. */
function aSupervisor(start_timeout: number) {
  const folder = mkdtempSync(join(tmpdir(), 'barong-supervisor-'))
  const hang = join(folder, 'hang')
  const env = { HANG: hang, START_TIMEOUT: String(start_timeout) }
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    hang,
    child,
    line: async (): Promise<string> => (await lines.next()).value ?? 'the end',
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
      rmSync(folder, { recursive: true })
    },
  }
}

test('A new worker that hangs as it starts is killed, the old one goes on, and the next reload succeeds', async () => {
  await using supervisor = aSupervisor(2000)
  const [, first = ''] = /^ready (\d+)$/.exec(await supervisor.line()) ?? []
  writeFileSync(supervisor.hang, '')
  supervisor.child.kill('SIGHUP')
  deepEqual(await supervisor.line(), 'The old workers go on: Worker 1 was not ready within 2 seconds and was killed.')
  rmSync(supervisor.hang)
  supervisor.child.kill('SIGHUP')
  match(await supervisor.line(), /^ready \d+$/)
  const rest = [await supervisor.line(), await supervisor.line()]
  deepEqual(rest.toSorted(), ['All workers are new', `retired ${first}`])
})

test('A first worker that hangs as it starts ends the start', async () => {
  await using supervisor = aSupervisor(1)
  deepEqual(await supervisor.line(), 'Worker 1 was not ready within 0.001 seconds and was killed.')
})
