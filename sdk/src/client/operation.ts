import type { AdminOperations, ManagementOperations, UserOperations } from '../generated/operations.ts'

/** Every operation for people, programs and those who run the server, by its name. */
export interface Operations extends UserOperations, AdminOperations {}

type Media<C> = C extends { content: infer M }
  ? 'application/json' extends keyof M
    ? M['application/json']
    : 'multipart/form-data' extends keyof M
      ? M['multipart/form-data']
      : 'application/octet-stream' extends keyof M
        ? Blob
        : undefined
  : undefined

type Successes = 200 | 201 | 202 | 204

/** What an operation answers; `undefined` where it has nothing to say. */
export type AnswerOf<O> = O extends { responses: infer R }
  ? { [S in keyof R & Successes]: Media<R[S]> extends null ? undefined : Media<R[S]> }[keyof R & Successes]
  : never

/** What an operation is sent. */
export type BodyOf<O> = O extends { requestBody: infer B } ? Media<B> : never

/** What an operation is asked by in its address. */
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never

type PathOf<O> = O extends { parameters: { path: infer P } } ? P : never

type Given<K extends string, V> = [V] extends [never] ? unknown : object extends V ? { [N in K]?: V } : { [N in K]: V }

/** What may be said of any call. */
export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Further headers, such as the `X-CSRF-Token` of a sign-in at an application. */
  headers?: Readonly<Record<string, string>>
  /** Is told what part of what is sent has arrived, 0 to 1; in browsers. */
  onProgress?(part: number): void
}

/** What a call of an operation takes: `path`, `query` and `body`, as far as the operation has them. */
export type InputOf<O> = Given<'path', PathOf<O>> & Given<'query', QueryOf<O>> & Given<'body', BodyOf<O>> & CallOptions

/** Optional where nothing in it is needed. */
export type Args<I> = object extends I ? [input?: I] : [input: I]

/** What an operation answers, by its name. */
export type Answer<N extends keyof Operations> = AnswerOf<Operations[N]>

/** What an operation is sent, by its name. */
export type Body<N extends keyof Operations> = BodyOf<Operations[N]>

/** What an operation is asked by, by its name. */
export type Query<N extends keyof Operations> = QueryOf<Operations[N]>

export type { ManagementOperations }
