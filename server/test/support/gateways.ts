import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './program.ts'
import { freePort } from './restartable.ts'

/** A service behind a gateway, which tells what reached it. */
export async function aService() {
  const service = createServer((request, response) =>
    response.end(JSON.stringify({ url: request.url, ...request.headers })),
  )
  await once(service.listen(0, '127.0.0.1'), 'listening')
  const address = service.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { port: address.port, [Symbol.asyncDispose]: async () => void service.close() }
}

/** A node that notes what it is asked, and whose connection breaks before it says anything to `/dies`. */
export async function aDyingNode(seen: string[]) {
  const server = createServer((request, response) => {
    seen.push(request.method ?? '')
    if (request.url === '/dies') request.socket.destroy()
    else response.end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const die = () => {
    server.closeAllConnections()
    server.close()
  }
  return { host: `127.0.0.1:${address.port}`, die, [Symbol.asyncDispose]: async () => die() }
}

/** Runs a gateway in a folder of its own until disposed of; it passes `/health/live` on to the server. */
export async function runGateway(
  start: (folder: string, port: number) => { program: string; args: string[]; env?: Record<string, string> },
) {
  const folder = mkdtempSync(join(tmpdir(), 'barong-gateway-'))
  const port = await freePort()
  const { program, args, env = {} } = start(folder, port)
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } })
  const url = `http://127.0.0.1:${port}`
  await eventually(() =>
    fetch(`${url}/health/live`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    ),
  )
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
