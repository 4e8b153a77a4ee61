import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { HOUR } from '../../lib/clock.ts'
import { BlobMissing } from '../../platform/blobs/blobs.ts'
import { SealBroken } from '../../platform/crypto/sealed-stream.ts'
import { claimFile, cleanFiles, openFile, type SealedFile, storeFile } from './sealed-files.ts'

async function* content() {
  yield Buffer.from('a passport')
}

async function read({ deps }: TestServer, file: SealedFile): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of await openFile(deps, file)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const claim = ({ deps }: TestServer, file: SealedFile) =>
  deps.db.transaction().execute((tx) => claimFile(deps, tx, file))

onEachDatabase('Files of documents', (newDatabase) => {
  test('are kept once they are claimed', async () => {
    await using server = await testServer(await newDatabase())
    const { id } = await anAccount(server)
    const file = await storeFile(server.deps, id, content())
    assert.equal(await claim(server, file), true)
    server.clock.advance(2 * HOUR)
    assert.equal(await cleanFiles(server.deps), 0)
    assert.equal(await read(server, file), 'a passport')
  })

  test('that were never claimed are removed an hour later, and cannot be claimed any more', async () => {
    await using server = await testServer(await newDatabase())
    const { id } = await anAccount(server)
    const files = [await storeFile(server.deps, id, content()), await storeFile(server.deps, id, content())]
    server.clock.advance(HOUR - 1)
    assert.equal(await cleanFiles(server.deps), 0)
    server.clock.advance(1)
    const [file, other] = files
    assert.ok(file && other)
    assert.equal(await claim(server, file), false)
    assert.equal(await cleanFiles(server.deps), 2)
    assert.equal(await cleanFiles(server.deps), 0)
    await assert.rejects(openFile(server.deps, file), BlobMissing)
  })

  test('that cannot be removed keep no others, and are tried again', async () => {
    await using server = await testServer(await newDatabase())
    const { deps, clock } = server
    const { id } = await anAccount(server)
    const stuck = await storeFile(deps, id, content())
    const others = await Promise.all(Array.from({ length: 12 }, () => storeFile(deps, id, content())))
    clock.advance(HOUR)
    const remove = async (key: string) => {
      if (key === stuck.blob_key) throw new Error('The disk is read only')
      await deps.blobs.remove(key)
    }
    const needs = { ...deps, blobs: { ...deps.blobs, remove } }
    while ((await cleanFiles(needs)) > 0);
    for (const other of others) await assert.rejects(openFile(deps, other), BlobMissing)
    assert.equal(await read(server, stuck), 'a passport')
    clock.advance(HOUR)
    assert.equal(await cleanFiles(deps), 1)
    await assert.rejects(openFile(deps, stuck), BlobMissing)
  })

  test('open for no other account, and not in the place of another file', async () => {
    await using server = await testServer(await newDatabase())
    const { id } = await anAccount(server)
    const stranger = await anAccount(server)
    const file = await storeFile(server.deps, id, content())
    const other = await storeFile(server.deps, id, content())
    await assert.rejects(read(server, { ...file, account_id: stranger.id }))
    await assert.rejects(read(server, { ...file, blob_key: other.blob_key }))
    const { blobs } = server.deps
    await blobs.put(file.blob_key, await blobs.get(other.blob_key))
    await assert.rejects(read(server, file), SealBroken)
  })

  test('that break off while they are stored are removed like any that were not claimed', async () => {
    await using server = await testServer(await newDatabase())
    const { id } = await anAccount(server)
    async function* failing() {
      yield Buffer.alloc(100_000)
      throw new Error('broke off')
    }
    await assert.rejects(storeFile(server.deps, id, failing()), /broke off/)
    server.clock.advance(HOUR)
    assert.equal(await cleanFiles(server.deps), 1)
  })
})
