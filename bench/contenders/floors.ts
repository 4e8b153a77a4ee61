import { fileURLToPath } from 'node:url'
import { repeating } from '../load/conversations.ts'
import { type Contender, startChild } from './contender.ts'

const SCRIPT = fileURLToPath(new URL('floor-server.ts', import.meta.url))

/** Bare Fastify routes that do nothing but the one thing that costs. */
export async function startFloors(): Promise<Contender> {
  const { pid, said, stop } = await startChild<{ port: number; jwt: string }>(SCRIPT)
  const get = (path: string) => repeating(200, [path], () => ({ method: 'GET', path }))
  const post = (path: string, json: unknown = {}) => repeating(200, [path], () => ({ method: 'POST', path, json }))
  return {
    name: 'bare route',
    kind: 'floor',
    port: said.port,
    pids: () => [pid],
    works: {
      sign_in: post('/verify-hash'),
      read: get('/json'),
      labels: get('/list'),
      renew: post('/sign'),
      exchange: post('/verify-and-sign', { kid: 'x', jwt_token: said.jwt }),
      client_credentials: post('/sign'),
      refresh: post('/sign'),
      introspection: get('/json'),
      sign_up: post('/hash'),
    },
    [Symbol.asyncDispose]: stop,
  }
}
