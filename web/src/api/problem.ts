/** What the server refused, in its own words; `status` 0 stands for a server that was not reached. */
export class Problem extends Error {
  readonly status: number
  /** Everything it said; most often one sentence. */
  readonly sentences: readonly string[]
  /** What support needs to find the request. */
  readonly request_id: string | undefined

  constructor(status: number, sentences: readonly string[], request_id?: string) {
    super(sentences.join(' '))
    this.name = 'Problem'
    this.status = status
    this.sentences = sentences
    this.request_id = request_id
  }
}

/** Reads `{"error": "…"}` and `{"error": ["…", "…"]}`. */
export function problemOf(response: Response, body: unknown): Problem {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  const sentences = (Array.isArray(error) ? error : [error]).filter((item): item is string => typeof item === 'string')
  return new Problem(
    response.status,
    sentences.length > 0 ? sentences : ['Something went wrong'],
    response.headers.get('x-request-id') ?? undefined,
  )
}
