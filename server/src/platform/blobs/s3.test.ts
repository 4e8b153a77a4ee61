import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { BlobMissing } from './blobs.ts'
import { s3Blobs } from './s3.ts'
import { access_key, bucket, fakeS3 } from './test/fake-s3.ts'

const settings = { region: 'eu-central-1', access_key, secret_key: 'secret', force_path_style: true }

test('Objects carry no access rule of their own and no more than they need.', async () => {
  await using server = await fakeS3()
  await using blobs = await s3Blobs({ ...settings, bucket, endpoint: server.url })
  await blobs.put('documents/1', Readable.from(['content']))
  assert.deepEqual([...server.objects], [['documents/1', Buffer.from('content')]])
  const [headers] = server.headers
  assert.ok(headers !== undefined)
  assert.equal(headers['content-type'], 'application/octet-stream')
  assert.equal(headers['content-length'], '7')
  assert.deepEqual(
    Object.keys(headers).filter((name) => name.startsWith('x-amz-acl') || name.startsWith('x-amz-grant')),
    [],
  )
})

test('A bucket that is not there is an error of the storage and not a missing blob.', async () => {
  await using server = await fakeS3()
  await using blobs = await s3Blobs({ ...settings, bucket: 'other', endpoint: server.url })
  await assert.rejects(blobs.get('a'), (error) => error instanceof Error && !(error instanceof BlobMissing))
})

// ASVS 13.2.1
test('Without keys of its own it shows those of the machine, as they are at the time.', async (context) => {
  const { env } = process
  context.after(() => {
    delete env['AWS_ACCESS_KEY_ID']
    delete env['AWS_SECRET_ACCESS_KEY']
  })
  Object.assign(env, { AWS_ACCESS_KEY_ID: access_key, AWS_SECRET_ACCESS_KEY: 'secret' })
  await using server = await fakeS3()
  const { access_key: _, secret_key: __, ...rest } = settings
  await using blobs = await s3Blobs({ ...rest, bucket, endpoint: server.url })
  await blobs.put('a', Readable.from(['content']))
  assert.equal(server.objects.size, 1)
})

test('Wrong credentials reject.', async () => {
  await using server = await fakeS3()
  await using blobs = await s3Blobs({ ...settings, access_key: 'AKIDOTHER', bucket, endpoint: server.url })
  await assert.rejects(blobs.put('a', Readable.from(['content'])), { name: 'AccessDenied' })
  assert.equal(server.objects.size, 0)
})
