import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { aPdf, multipart, openFilesBelow } from '../support/multipart.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { aSmallDisk, limitFiles, noSmallDisk } from '../support/small-disk.ts'

const KIB = 1024
const NO_ROOM = { error: 'There is no room to keep the file just now, please try again later' }

const handIn = (server: TestServer, token: string, bytes: number) =>
  server.call('POST', '/documents', {
    token,
    ...multipart([
      ['doc_expire', '2099-12-31'],
      ['doc_type', 'Passport'],
      ['doc_number', 'AB-12 34'],
      ['upload', { filename: 'passport.pdf', type: 'application/pdf', content: aPdf('x'.repeat(bytes)) }],
    ]),
  })

const filesBelow = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))

onEachDatabase('A disk that is full', (newDatabase) => {
  test('is told of with 503 and when to come again, keeps nothing of what it was handed, and takes it once there is room', {
    skip: noSmallDisk,
  }, async () => {
    using disk = aSmallDisk(1)
    await using server = await testServer(await newDatabase(), { BARONG_DATA_DIR: disk.path })
    const token = await aToken(server, await anAccount(server))
    const [room, files] = [disk.room(), filesBelow(disk.path)]
    // More than there is room for as it comes in, and as much as there is room for once, but not twice.
    for (const bytes of [3000 * KIB, 700 * KIB]) {
      const { status, headers, body } = await handIn(server, token, bytes)
      deepEqual([status, headers['retry-after'], body], [503, '60', NO_ROOM], `${bytes} bytes`)
      // What was being written is let go a moment after the answer.
      for (let tries = 0; tries < 100 && (openFilesBelow(disk.path) ?? []).length > 0; tries += 1) await sleep(10)
      deepEqual([openFilesBelow(disk.path), filesBelow(disk.path)], [[], files])
      ok(disk.room() >= room - 8 * KIB, `${room - disk.room()} bytes are gone`)
      deepEqual((await server.call('GET', '/documents', { token })).body, [])
    }
    equal((await handIn(server, token, 10 * KIB)).status, 201, 'there is room for small ones')
    disk.grow(8)
    equal((await handIn(server, token, 700 * KIB)).status, 201)
    equal((await server.call('GET', '/documents', { token })).body.length, 2)
  })

  test('is told of as well where it is this process alone that may not write so much', async (t) => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const room = 2000 * KIB
    if (!limitFiles(room)) return t.skip('NOT TESTED: prlimit is not installed (util-linux)')
    try {
      const { status, body } = await handIn(server, token, room + KIB)
      deepEqual([status, body], [503, NO_ROOM])
    } finally {
      limitFiles('unlimited')
    }
    equal((await handIn(server, token, room + KIB)).status, 201)
    equal(filesBelow(join(server.deps.config.data_dir, 'documents')).length, 1)
  })
})
