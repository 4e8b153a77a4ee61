import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Blobs } from './blobs.ts'
import { diskBlobs } from './disk.ts'
import { s3Blobs } from './s3.ts'

/** Without keys of its own it has those of the machine. */
const keysOf = ({ STORAGE_ACCESS_KEY: access_key, STORAGE_SECRET_KEY: secret_key }: Config['values']) =>
  access_key === undefined || secret_key === undefined ? {} : { access_key, secret_key }

/** The store that STORAGE_PROVIDER names. */
export async function openBlobs({ values, data_dir }: Config): Promise<Blobs> {
  if (values.STORAGE_PROVIDER === 'local') return diskBlobs(join(data_dir, 'documents'))
  return s3Blobs({
    bucket: values.STORAGE_BUCKET_NAME ?? '',
    region: values.STORAGE_REGION,
    ...keysOf(values),
    ...(values.STORAGE_ENDPOINT === undefined ? {} : { endpoint: values.STORAGE_ENDPOINT, force_path_style: true }),
  })
}
