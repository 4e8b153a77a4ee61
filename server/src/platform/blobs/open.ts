import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Blobs } from './blobs.ts'
import { diskBlobs } from './disk.ts'
import { s3Blobs } from './s3.ts'

/** The store that STORAGE_PROVIDER names. */
export async function openBlobs({ values, data_dir }: Config): Promise<Blobs> {
  if (values.STORAGE_PROVIDER === 'local') return diskBlobs(join(data_dir, 'documents'))
  return s3Blobs({
    bucket: values.STORAGE_BUCKET_NAME ?? '',
    region: values.STORAGE_REGION,
    access_key: values.STORAGE_ACCESS_KEY ?? '',
    secret_key: values.STORAGE_SECRET_KEY ?? '',
    ...(values.STORAGE_ENDPOINT === undefined ? {} : { endpoint: values.STORAGE_ENDPOINT, force_path_style: true }),
  })
}
