import { deepEqual, equal, match } from 'node:assert/strict'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { aFolder, launch } from '../support/command-line.ts'
import { eventually, startProgram } from '../support/program.ts'
import { freePort } from '../support/restartable.ts'

/** Has a process send itself a signal in the moment in which it loads a file of the server. */
function signalledAt(file: string, signal: NodeJS.Signals): Record<string, string> {
  const hook = `import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => {
      if (url.endsWith('${file}')) process.kill(process.pid, '${signal}')
      return next(url, context)
    } })`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` }
}

for (const BARONG_WORKERS of ['0', '2'])
  test(`SIGHUP from the first moment on ends nothing, with BARONG_WORKERS=${BARONG_WORKERS}`, async () => {
    await using program = await startProgram('sqlite:', {
      ...signalledAt('/cli/start.ts', 'SIGHUP'),
      BARONG_WORKERS,
    })
    equal((await program.call('GET', `${program.url}/health/ready`)).status, 200)
    if (BARONG_WORKERS === '0') match(program.printed(), /SIGHUP reloads nothing/)
  })

for (const [moment, file] of [
  ['the command is loaded', '/cli/start.ts'],
  ['the server is loaded', '/src/wire.ts'],
  ['workers are about to be started', '/workers/supervisor.ts'],
] as const)
  test(`SIGTERM while ${moment} ends the start with status 0, and the next one begins anew`, async () => {
    using folder = aFolder()
    const settings = {
      PORT: String(await freePort()),
      ...(file === '/workers/supervisor.ts' ? { BARONG_WORKERS: '2' } : {}),
    }
    const told = launch(folder.path, ['start'], { ...settings, ...signalledAt(file, 'SIGTERM') })
    const [out, [code, signal]] = await Promise.all([text(told.stdout), once(told, 'close')])
    deepEqual([code, signal, /Barong is ready/.test(out)], [0, null, false])
    const next = launch(folder.path, ['start'], settings)
    await eventually(() =>
      fetch(`http://127.0.0.1:${settings.PORT}/health/ready`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      ),
    )
    const ended = once(next, 'close')
    next.kill('SIGTERM')
    deepEqual(await ended, [0, null])
  })

test('SIGTERM between the making of an administrator and the end of the start loses no password', async () => {
  using folder = aFolder()
  const start = launch(folder.path, ['start'], { PORT: '0', LOG_LEVEL: 'info' })
  const out = text(start.stdout)
  const ended = once(start, 'close')
  for await (const chunk of start.stderr) if (/An account was seeded/.test(String(chunk))) start.kill('SIGTERM')
  deepEqual(await ended, [0, null])
  match(await out, /admin@barong\.io[\s\S]*Password +[\w-]{20}/)
})
