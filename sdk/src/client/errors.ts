import { isFields } from '../objects.ts'
import type { ProofOfWork } from '../proof-of-work.ts'
import { type Fields, fieldsOf } from './fields.ts'

/** What a passkey is to sign, as `signWithPasskey` takes it. */
export type PasskeyOptions = Readonly<Record<string, unknown>>

/** What each kind of error tells besides its message. */
interface Details {
  /** Parameters are missing or wrong; nothing was changed. */
  validation: {
    /** What was said of single parameters, by their names. */
    readonly fields: Fields
  }
  /** Nobody is signed in, or the session is over: sign in again. */
  unauthenticated: object
  /** The password, code or key that was shown does not let in. */
  credentials_refused: { readonly reason: 'wrong' | 'locked' | 'unconfirmed' }
  /** The password was right, and a code or passkey is wanted as well. */
  second_factor_required: {
    /** Whether one was shown, and was wrong. */
    readonly wrong: boolean
    /** What a passkey may sign in place of a code, where the account has one. */
    readonly passkeyOptions: PasskeyOptions | undefined
  }
  /** Something else comes first: a password of their own, or a second factor where everybody must have one. */
  action_required: { readonly action: 'change_password' | 'set_up_second_factor' }
  /** Dangerous changes want a fresh proof of who asks: confirm, then call again. */
  confirmation_required: object
  /** Too many wrong passwords were sent, and work is asked for; told when it was done and did not suffice. */
  proof_of_work_required: { readonly proofOfWork: ProofOfWork }
  rate_limited: {
    /** Seconds to wait. */
    readonly retryAfter: number
  }
  forbidden: object
  not_found: object
  conflict: object
  /** The server is there and cannot serve for the moment. */
  unavailable: {
    /** Seconds to wait. */
    readonly retryAfter: number
  }
  /** No answer came. What was asked may have been done. */
  network: object
  /** The browser made or used no passkey. */
  passkey_unused: { readonly reason: 'dismissed' | 'already_there' | 'unsupported' }
  /** Anything else: a mistake of the server, or of whoever is between. */
  unexpected: object
}

/** What kinds of errors there are. */
export type ErrorKind = keyof Details

/** An error of one kind. */
export type ErrorOf<K extends ErrorKind> = BarongFailure & { readonly kind: K } & Details[K]

/** Whatever may go wrong with a call, told apart by `kind`. */
export type BarongError = { [K in ErrorKind]: ErrorOf<K> }[ErrorKind]

type Said = Readonly<Record<string, unknown>>

interface Told {
  status: number
  messages: readonly string[]
  requestId?: string | undefined
  code?: string | undefined
  date?: number | undefined
  cause?: unknown
}

/** What every error tells. */
export class BarongFailure extends Error {
  override readonly name = 'BarongFailure'
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  /** Everything the server said, in its own words; most often one sentence. */
  readonly messages: readonly string[]
  /** Finds the request in the server's log. */
  declare readonly requestId?: string
  /** What went wrong as OAuth endpoints name it (RFC 6749, section 5.2). */
  declare readonly code?: string
  /** The server's time, in milliseconds since 1970, where the answer said so. */
  declare readonly date?: number

  constructor({ status, messages, cause, ...more }: Told) {
    super(messages.join(' '), cause === undefined ? {} : { cause })
    this.status = status
    this.messages = messages
    // What is not known is not there, so that an error prints as what it tells.
    Object.assign(this, Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)))
  }
}

/** Whether a thrown value is an error of a call. */
export const isBarongError = (value: unknown): value is BarongError => value instanceof BarongFailure && 'kind' in value

/** Makes an error. */
export const newError = <K extends ErrorKind>(kind: K, told: Told, details: Details[K]): ErrorOf<K> =>
  Object.assign(new BarongFailure(told), { kind, ...details })

/** No answer came from the server. */
export const networkError = (cause: unknown): BarongError =>
  newError('network', { status: 0, messages: ['The server was not reached'], cause }, {})

/** An answer that is not what the API answers, be it of the server or of whoever is between. */
export const unexpected = (response: Pick<Response, 'status' | 'headers'>): BarongError =>
  newError('unexpected', toldBy(response, {}), {})

/** The server wants a proof that it was not sent, or finds no good. */
export const WANTS_PROOF = 'The DPoP proof is missing or invalid'

/** What is wrong with the proof of a request, as RFC 9449, section 12.2, names it; other codes as they are. */
export const proofFaultOf = ({ message, code }: BarongError): string | undefined =>
  message === WANTS_PROOF ? 'invalid_dpop_proof' : code

/** Whether an error says that nobody is signed in, or that the session is over. */
export const isUnauthenticated = ({ kind }: BarongError): boolean => kind === 'unauthenticated'

/** The error that an answer of the server is. */
export function errorOf(response: Pick<Response, 'status' | 'headers'>, body: unknown): BarongError {
  const { status, headers } = response
  const said = isFields(body) ? body : {}
  if (!isOfApi(status, said)) return unexpected(response)
  const told = toldBy(response, said)
  const retryAfter = Number(headers.get('retry-after')) || 1
  switch (status) {
    case 400:
    case 413:
    case 422:
      return newError('validation', told, { fields: fieldsOf(said['error'] ?? said) })
    case 401:
      return unauthenticated(told)
    case 403:
      return forbidden(told, said)
    case 404:
      return newError('not_found', told, {})
    case 409:
      return newError('conflict', told, {})
    case 429:
      return isProofOfWork(said['proof_of_work'])
        ? newError('proof_of_work_required', told, { proofOfWork: said['proof_of_work'] })
        : newError('rate_limited', told, { retryAfter })
    case 408:
    case 502:
    case 503:
    case 504:
      return newError('unavailable', told, { retryAfter })
    default:
      return newError('unexpected', told, {})
  }
}

/** A proxy or a firewall knows neither who is signed in nor what there is, so that its refusals are none of the API's. */
function isOfApi(status: number, said: Said): boolean {
  if ([401, 403, 404, 409].includes(status)) return textsOf(said['error']).length > 0
  return ![400, 422].includes(status) || Object.keys(said).length > 0
}

const toldBy = ({ status, headers }: Pick<Response, 'status' | 'headers'>, said: Said): Told => ({
  status,
  messages: messagesOf(said),
  requestId: headers.get('x-request-id') ?? undefined,
  code: typeof said['error_description'] === 'string' ? String(said['error']) : undefined,
  date: Date.parse(headers.get('date') ?? '') || undefined,
})

/** A token that the server does not take, as opposed to a password that it does not take. */
const SESSION_IS_OVER =
  /^(The access token |Nobody is signed in|Account does not exist|The session is too old|The DPoP proof )/

function unauthenticated(told: Told): BarongError {
  const text = told.messages.join(' ')
  if (SESSION_IS_OVER.test(text)) return newError('unauthenticated', told, {})
  const reason = /locked/.test(text) ? 'locked' : /confirm your email/.test(text) ? 'unconfirmed' : 'wrong'
  return newError('credentials_refused', told, { reason })
}

function forbidden(told: Told, said: Said): BarongError {
  const text = told.messages.join(' ')
  if (text === 'Please confirm your password') return newError('confirmation_required', told, {})
  if (text === 'Please change your password first')
    return newError('action_required', told, { action: 'change_password' })
  if (text === 'Please set up a second factor first')
    return newError('action_required', told, { action: 'set_up_second_factor' })
  const missing = /^The account has enabled 2FA but/.test(text)
  if (!missing && !/^(OTP code|Passkey) is invalid$/.test(text)) return newError('forbidden', told, {})
  const options = said['passkey_options']
  return newError('second_factor_required', told, {
    wrong: !missing,
    passkeyOptions: isFields(options) ? options : undefined,
  })
}

/** `{"error": "…"}`, `{"error": ["…"]}`, `{"error": "code", "error_description": "…"}`, and labels' `{"key": ["…"]}`. */
function messagesOf(said: Said): string[] {
  const { error, error_description } = said
  if (typeof error_description === 'string') return [error_description]
  const texts = textsOf(error === undefined ? Object.values(said).flat() : error)
  return texts.length > 0 ? texts : ['Something went wrong']
}

const textsOf = (value: unknown): string[] => [value].flat().filter((item): item is string => typeof item === 'string')

const isProofOfWork = (value: unknown): value is ProofOfWork =>
  isFields(value) && typeof value['challenge'] === 'string' && typeof value['difficulty'] === 'number'
