/** What a client is told when a behaviour refuses: an HTTP status and a text, or a body of its own. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly body: unknown
  readonly fields: Readonly<Record<string, readonly string[]>>
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, options: RefusalOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.body = options.body
    this.fields = options.fields ?? {}
    this.headers = options.headers ?? {}
  }
}

/**
 * `body` replaces the wire format's usual `{"error": message}`; `fields` are the sentences that are about one parameter each, by
 * its name, for pages; `cause` is logged and never sent.
 */
export interface RefusalOptions {
  body?: unknown
  fields?: Readonly<Record<string, readonly string[]>>
  headers?: Record<string, string>
  cause?: unknown
}

/**
 * Nobody can be served now, whoever asks for whatever. This is no refusal of the person or the record, so nothing that is
 * done about a refusal may be done about it: it goes on to where errors are answered, which is with `answer`.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly answer: Refusal

  constructor(answer: Refusal) {
    super(answer.message, { cause: answer.cause })
    this.answer = answer
  }
}

/** What a client is told of an error; `undefined` when that is for the caller to say. */
export function answerOf(error: unknown): Refusal | undefined {
  if (error instanceof Unavailable) return error.answer
  return error instanceof Refusal ? error : undefined
}

type Definition = readonly [status: number, message: string]

/**
 * Declares a feature's refusals once: `const errors = defineErrors('phones', { taken: [400, 'Phone number already exists'] })`,
 * then `throw errors.taken()`. The stable code is `phones.taken`.
 */
export function defineErrors<const D extends Record<string, Definition>>(
  feature: string,
  definitions: D,
): { [K in keyof D]: (options?: RefusalOptions) => Refusal } {
  const make = ([name, [status, message]]: [string, Definition]) => [
    name,
    (options?: RefusalOptions) => new Refusal(status, `${feature}.${name}`, message, options),
  ]
  return Object.fromEntries(Object.entries(definitions).map(make))
}
