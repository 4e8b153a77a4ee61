import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { hash } from '@node-rs/argon2'

const HASHING = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const SECONDS = 1.5

/** What the machine does without any server. */
export async function rawRates(): Promise<Record<string, string>> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const input = Buffer.alloc(400, 'x')
  const signature = sign('sha256', input, privateKey)
  return {
    'argon2id, 19 MiB, 2 passes, all cores': `${Math.round(await hashes())}/s`,
    'RS256 signatures, one core': `${Math.round(repeated(() => sign('sha256', input, privateKey)))}/s`,
    'RS256 verifications, one core': `${Math.round(repeated(() => verify('sha256', input, publicKey, signature)))}/s`,
  }
}

async function hashes(): Promise<number> {
  const started = performance.now()
  let count = 0
  const work = async () => {
    while (performance.now() - started < SECONDS * 1000) {
      await hash('a quiet river at dawn', HASHING)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return (count / (performance.now() - started)) * 1000
}

function repeated(task: () => void): number {
  const started = performance.now()
  let count = 0
  for (; performance.now() - started < SECONDS * 1000; count += 1) task()
  return (count / (performance.now() - started)) * 1000
}
