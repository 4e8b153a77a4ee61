import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** What is compared. */
export interface Comparison {
  password: string
  digest: string
}

/**
 * Whether the bcrypt hash is the password's. The library is JavaScript and computes for up to seconds, so it does in a thread
 * of its own, where nobody else waits for it; each imported account is compared so once, at its first sign-in.
 */
export async function compareBcrypt(comparison: Comparison): Promise<boolean> {
  const thread = new Worker(new URL('./bcrypt-thread.ts', import.meta.url), { workerData: comparison })
  try {
    const [isRight]: unknown[] = await once(thread, 'message')
    return isRight === true
  } finally {
    await thread.terminate()
  }
}
