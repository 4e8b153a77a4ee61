import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seconds, systemClock } from '../../src/lib/clock.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aDpopKey, proofOf } from '../support/dpop.ts'
import { startProgram } from '../support/program.ts'

const ORIGIN = 'https://accounts.example'
const ADMIN = { email: 'admin@barong.io', password: 'an owl that reads the map 4' }

onEachDatabase('A proof of a key (RFC 9449, section 11.1)', (newDatabase) => {
  test('counts once at two processes of one database together', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'barong-proofs-'))
    try {
      const given = await newDatabase()
      const url = given.startsWith('postgres') ? given : `sqlite:${join(folder, 'barong.sqlite')}`
      const settings = {
        BARONG_URL: ORIGIN,
        BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
        ADMIN_PASSWORD: ADMIN.password,
        BARONG_LIMIT_EXEMPT: '127.0.0.1',
      }
      await using one = await startProgram(url, settings)
      await using other = await startProgram(url, settings)
      const key = aDpopKey()
      const prove = (method: string, path: string, token?: string) => {
        const line = { method, url: `${ORIGIN}/api/v1${path}`, now: seconds(systemClock.now()) }
        return proofOf(key, { ...line, ...(token === undefined ? {} : { token }) })
      }
      const json = { ...ADMIN, application_id: one.application_id }
      const signIn = { json, headers: { dpop: await prove('POST', '/sessions') } }
      const begun = await Promise.all([one, other].map((program) => program.call('POST', '/sessions', signIn)))
      deepEqual(begun.map(({ status }) => status).toSorted(), [201, 401])
      const token = String(begun.find(({ status }) => status === 201)?.body)
      for (let round = 0; round < 5; round += 1) {
        const dpop = await prove('GET', '/accounts/me', token)
        const headers = { authorization: `DPoP ${token}`, dpop }
        const answers = await Promise.all(
          [one, other, one, other, one, other].map((program) => program.call('GET', '/accounts/me', { headers })),
        )
        const refused = answers.filter(({ status }) => status !== 200)
        equal(refused.length, 5)
        for (const { status, body } of refused)
          deepEqual([status, body], [401, { error: 'The DPoP proof was used before' }])
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
