import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { signMultisig } from '../../src/platform/crypto/multisig.ts'

const guide = readFileSync(new URL('../../../docs/guides/events.md', import.meta.url), 'utf8')
const PUBLISHED = 'https://accounts.example/oauth/discovery/keys'

/** What the guide shows for verifying what comes from RabbitMQ, with the address of a server that publishes these keys. */
async function theGuide(keys: readonly KeyObject[]) {
  const jwks = {
    keys: keys.map((key, at) => ({ ...key.export({ format: 'jwk' }), kid: `key-${at}`, alg: 'RS256', use: 'sig' })),
  }
  const server = createServer((_request, response) => response.end(JSON.stringify(jwks)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const text = /```js\n\/\/ verify\n([\s\S]*?)```/.exec(guide)?.[1] ?? ''
  assert.ok(text.includes(PUBLISHED))
  const folder = mkdtempSync(join(tmpdir(), 'barong-guide-'))
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  const file = join(folder, 'verify.mjs')
  writeFileSync(file, text.replace(PUBLISHED, `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`))
  const { claimsOf }: { claimsOf: (envelope: object) => Promise<{ jti: string }> } = await import(
    pathToFileURL(file).href
  )
  return {
    claimsOf,
    [Symbol.dispose]: () => {
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const [first, second, strange] = Array.from({ length: 3 }, () => generateKeyPairSync('rsa', { modulusLength: 2048 }))
assert.ok(first && second && strange)
const signedBy = (key: KeyObject) => signMultisig({ jti: 'an-event' }, [{ kid: 'barong', key, algorithm: 'RS256' }])

test('what the guide shows takes events by the published key, and by either while one takes the place of the other', async () => {
  using one = await theGuide([first.publicKey])
  assert.equal((await one.claimsOf(signedBy(first.privateKey))).jti, 'an-event')
  using two = await theGuide([first.publicKey, second.publicKey])
  for (const { privateKey } of [first, second]) assert.equal((await two.claimsOf(signedBy(privateKey))).jti, 'an-event')
})

test('what the guide shows refuses what another key signed', async () => {
  for (const keys of [[first.publicKey], [first.publicKey, second.publicKey]]) {
    using guided = await theGuide(keys)
    await assert.rejects(guided.claimsOf(signedBy(strange.privateKey)), {
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    })
  }
})
