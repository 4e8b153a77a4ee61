import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApplication } from '../../src/features/applications/applications.ts'
import { onEachDatabase } from '../support/databases.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { anAttempt } from '../support/oauth.ts'

const URIS = [
  'https://app.example/callback',
  'http://app.example/callback',
  'https://127.0.0.1:5173/callback',
  'https://[::1]:5173/callback',
  'https://localhost:5173/callback',
  'http://127.0.0.1/callback',
  'http://localhost:5173/callback',
  'com.example.app:/callback',
]

onEachDatabase('An application that was registered', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)
  let count = 0

  const registered = (redirect_uri: string, isPublic: boolean) =>
    createApplication(server().deps, { name: `Shop ${++count}`, redirect_uri, public: isPublic }).catch(
      ({ status, body }) => {
        assert.equal(status, 422)
        assert.match(body.error, /^Redirect URI .* cannot stand beside one with a scheme of its own$/)
        return undefined
      },
    )

  test('is served, whatever redirect URIs it has, or was refused with the reason', async () => {
    const refused = []
    for (const isPublic of [true, false])
      for (const [index, one] of URIS.entries())
        for (const other of URIS.slice(index)) {
          const uris = [...new Set([one, other])]
          const made = await registered(uris.join('\n'), isPublic)
          if (!made) refused.push(uris)
          else
            for (const redirect_uri of uris) {
              const client = { application: made.application, client_id: made.application.uid, client_secret: '' }
              const { url } = anAttempt(server(), client, { redirect_uri, prompt: 'none' })
              const { statusCode, headers } = await server().app.inject(`${url.pathname}${url.search}`)
              assert.equal(statusCode, 303, `${uris.join(', ')}, ${isPublic ? 'public' : 'with a secret'}`)
              assert.ok(String(headers.location).startsWith(redirect_uri), String(headers.location))
            }
        }
    const own = 'com.example.app:/callback'
    assert.deepEqual(
      refused.slice(0, refused.length / 2),
      URIS.filter((uri) => /^https:\/\/(127|\[|local)|^http:\/\/app/.test(uri)).map((uri) => [uri, own]),
    )
  })
})
