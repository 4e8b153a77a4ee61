import { Readable } from 'node:stream'
import { BlobMissing, type Blobs, checkKey } from './blobs.ts'
import { readWhole } from './content.ts'

/** `endpoint` is the address of another S3-compatible storage; most of them want `force_path_style`. */
export interface S3Settings {
  bucket: string
  region: string
  endpoint?: string
  /** Without them the SDK looks for those of the machine: a role's, which change by themselves. */
  access_key?: string
  secret_key?: string
  force_path_style?: boolean
}

/**
 * Keeps blobs in an S3 bucket as private objects: no ACL is ever sent. The SDK is loaded here and not before. An upload is
 * held in memory, at most `MAX_BLOB_BYTES`, as S3 has to know its length; the SDK itself tries each request three times.
 */
export async function s3Blobs(settings: S3Settings): Promise<Blobs> {
  const { bucket: Bucket } = settings
  const { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } = await import(
    '@aws-sdk/client-s3'
  )
  const client = new S3Client(clientOptions(settings))

  return {
    async put(key, content) {
      checkKey(key)
      const Body = await readWhole(content)
      await client.send(new PutObjectCommand({ Bucket, Key: key, Body, ContentType: 'application/octet-stream' }))
    },
    async get(key) {
      checkKey(key)
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }))
        if (!(Body instanceof Readable)) throw new TypeError('S3 answered without a body')
        return Body
      } catch (error) {
        throw error instanceof NoSuchKey ? new BlobMissing(key, { cause: error }) : error
      }
    },
    async remove(key) {
      checkKey(key)
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key: key }))
      } catch (error) {
        // S3 itself answers 204; some compatible storages do not.
        if (!(error instanceof NoSuchKey)) throw error
      }
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
    },
  }
}

function clientOptions({ region, endpoint, access_key, secret_key, force_path_style = false }: S3Settings) {
  return {
    region,
    ...(access_key === undefined || secret_key === undefined
      ? {}
      : { credentials: { accessKeyId: access_key, secretAccessKey: secret_key } }),
    forcePathStyle: force_path_style,
    requestHandler: {
      connectionTimeout: 5_000,
      socketTimeout: 30_000,
      requestTimeout: 60_000,
      throwOnRequestTimeout: true,
    },
    ...(endpoint !== undefined && {
      endpoint,
      // Many compatible storages refuse the checksums that S3 does not demand.
      requestChecksumCalculation: 'WHEN_REQUIRED' as const,
      responseChecksumValidation: 'WHEN_REQUIRED' as const,
    }),
  }
}
