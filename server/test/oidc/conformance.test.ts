import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { basic } from './conformance/basic.ts'
import { codes } from './conformance/codes.ts'
import { logout } from './conformance/logout.ts'
import { notMet } from './conformance/not-met.ts'
import { refreshTokens } from './conformance/refresh-tokens.ts'
import { aRelyingParty, type Module } from './conformance/relying-party.ts'

const CONFIG: Pick<Module, 'name' | 'checks'> = {
  name: 'oidcc-discovery-endpoint-verification',
  checks: 'what discovery says is right, point by point, and the JWK Set has public keys alone',
}

onEachDatabase('OpenID conformance', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)
  for (const { name, checks, run } of [...basic, ...logout, ...refreshTokens])
    test(`${name}: ${checks}`, async () => run(await aRelyingParty(server())))
  for (const { name, checks, run } of codes)
    test(`${name}: ${checks}`, async () => run(await aRelyingParty(server(), {})))
})

describe('The page on conformance', () => {
  test('lists every module with what it checks, and those that are not met with the reason', () => {
    const page = readFileSync(new URL('../../../docs/guides/oauth-conformance.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `([^`]+)`([^|]*) \| (.*) \|$/gm)].map(([, name, more, text]) => [
      `${name}${more}`,
      text,
    ])
    const passed = [...basic, CONFIG, ...logout, ...codes, ...refreshTokens].map(({ name, checks }) => [name, checks])
    assert.deepEqual(rows, [...passed, ...Object.entries(notMet)])
  })
})
