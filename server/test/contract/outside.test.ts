import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../support/server.ts'
import { recordingsNamed } from './recordings.ts'

/** Recordings of what is neither API nor OAuth. `ours`: where the answer is meant to be another one, and why. */
const OUTSIDE: Readonly<Record<string, { because: string; ours: Partial<Answer> } | undefined>> = {
  outside_404: undefined,
  outside_404_json: undefined,
  api_root: undefined,
  mg_root: {
    because: 'A person who strayed there gets the page that all unknown addresses have, not a line of text',
    ours: { media_type: 'text/html' },
  },
  root_html: {
    because: 'The start page tells what this server is and leads to the sign-in; it does not send there',
    ours: { status: 200, location: undefined },
  },
}

interface Answer {
  status: number
  media_type: string | undefined
  location: string | undefined
  /** Of JSON alone; pages look otherwise. */
  json: unknown
}

const mediaType = (header: unknown): string | undefined =>
  typeof header === 'string' ? header.split(';')[0]?.toLowerCase() : undefined

const jsonOf = (media_type: string | undefined, body: string): unknown =>
  media_type === 'application/json' ? JSON.parse(body) : undefined

test('Outside of the APIs all is answered as it was recorded, but for the listed differences', async () => {
  await using server = await testServer('sqlite:', { BARONG_URL: 'http://barong.local' })
  const recordings = recordingsNamed('pairs.jsonl', Object.keys(OUTSIDE))
  assert.equal(recordings.length, Object.keys(OUTSIDE).length)
  for (const { name, request, response } of recordings) {
    assert.ok(request && response, name)
    const media_type = mediaType(response.headers['Content-Type'])
    const recorded: Answer = {
      status: response.status,
      media_type,
      location: response.headers['Location'],
      json: jsonOf(media_type, response.body),
    }
    const { path: url, headers = {} } = request
    const answer = await server.app.inject({ method: 'GET', url, headers })
    const ours = mediaType(answer.headers['content-type'])
    const own: Answer = {
      status: answer.statusCode,
      media_type: ours,
      location: answer.headers.location,
      json: jsonOf(ours, answer.body),
    }
    const difference = OUTSIDE[name]
    if (difference) assert.notDeepEqual(own, recorded, `${name} is answered as recorded, so its difference is past`)
    assert.deepEqual(own, { ...recorded, ...difference?.ours }, name)
  }
})
