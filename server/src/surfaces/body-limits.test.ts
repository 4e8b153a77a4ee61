import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { onEachDatabase } from '../../test/support/databases.ts'
import { sharedListeningServer } from '../../test/support/loopback.ts'
import { operationsOf } from '../../test/support/operations.ts'
import { BODY_LIMIT } from '../platform/http/body-limits.ts'

/** Where an operator puts a logo, in base64. */
const LARGER = ['POST /api/v1/admin/websites', 'PATCH /api/v1/admin/websites/{id}']
const TOO_LARGE = 'The request is too large'

const withBody = [...operationsOf('user-api'), ...operationsOf('admin-api'), ...operationsOf('management-api')].filter(
  ({ method }) => method !== 'GET',
)

onEachDatabase('A body', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  // ASVS 15.2.2
  test('of more than 256 KiB is refused by every operation but those that take a picture, as everything is refused there', async () => {
    ok(withBody.length > 100)
    const json = { 'content-type': 'application/json' }
    for (const { method, path } of withBody) {
      const url = path.replace(/\{\w+\}/g, '1')
      const payload = JSON.stringify({ a: 'a'.repeat(BODY_LIMIT) })
      const { statusCode, body } = await server().app.inject({ method, url, payload, headers: json })
      const name = `${method} ${path}`
      if (LARGER.includes(name)) equal(statusCode, 401, name)
      else deepEqual([statusCode, JSON.parse(body)], [413, { error: TOO_LARGE }], name)
    }
    for (const url of ['/oauth/token', '/oauth/par', '/sign-in', '/nowhere', '/metrics']) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const { statusCode } = await server().app.inject({
        method: 'POST',
        url,
        headers,
        payload: 'a'.repeat(BODY_LIMIT + 1),
      })
      ok([404, 405, 413].includes(statusCode), `${url} ${statusCode}`)
    }
  })

  test('that is not complete is counted at every surface', async () => {
    const { hostname, port } = new URL(server().origin)
    for (const path of [
      '/api/v1/accounts',
      '/api/v1/admin/webhooks',
      '/management_api/v1/timestamp',
      '/oauth/token',
      '/sign-in',
    ]) {
      const socket = connect(Number(port), hostname)
      let answer = ''
      socket.setEncoding('utf8').on('data', (chunk) => {
        answer += chunk
      })
      const type = path.includes('api') ? 'application/json' : 'application/x-www-form-urlencoded'
      const payload = 'a=a'
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 1000\r\n\r\n${payload}`,
      )
      // It may take a moment until it is known that the body began.
      for (let tries = 0; tries < 50 && !answer.includes('\r\n\r\n'); tries += 1) {
        server().clock.advance(15_000)
        await server().app.inject({ method: 'POST', url: '/api/v1/accounts', payload: {} })
      }
      match(answer, /^HTTP\/1\.1 408 /)
      socket.destroy()
    }
  })
})
