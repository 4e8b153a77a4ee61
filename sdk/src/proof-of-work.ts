/** What a refused sign-in (429) says of the work to be done, in `proof_of_work`. */
export interface ProofOfWork {
  algorithm: string
  challenge: string
  /** Bits that must be 0 at the beginning of SHA-256 over `challenge:number`. */
  difficulty: number
}

/** Hashes under way at a time: browsers hand each to another thread. */
const AT_ONCE = 512

/**
 * Does the work, in browsers and in Node, by WebCrypto; the value of the header `Proof-Of-Work` for the next try. Takes
 * about a second for 16 bits, and twice as long for each one more; `signal` ends it.
 */
export async function solveProofOfWork(
  { algorithm, challenge, difficulty }: ProofOfWork,
  { signal }: { signal?: AbortSignal } = {},
): Promise<string> {
  if (algorithm !== 'SHA-256') throw new TypeError(`Proof of work by ${algorithm} is not known`)
  const encoder = new TextEncoder()
  for (let start = 0; ; start += AT_ONCE) {
    signal?.throwIfAborted()
    const numbers = Array.from({ length: AT_ONCE }, (_, index) => start + index)
    const hashes = await Promise.all(
      numbers.map((number) => crypto.subtle.digest(algorithm, encoder.encode(`${challenge}:${number}`))),
    )
    const found = hashes.findIndex((hash) => leadingZeros(new Uint8Array(hash)) >= difficulty)
    if (found !== -1) return `${challenge}:${start + found}`
  }
}

function leadingZeros(bytes: Uint8Array): number {
  const index = bytes.findIndex((byte) => byte !== 0)
  return index === -1 ? bytes.length * 8 : index * 8 + Math.clz32(bytes[index] ?? 0) - 24
}
