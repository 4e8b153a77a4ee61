import type { Call } from './call.ts'
import type { AnswerOf, Args, InputOf, Operations } from './operation.ts'

/** Calls an operation by its name, such as `GET /api/v1/accounts/me`. */
export type Request = <N extends keyof Operations>(
  name: N,
  ...args: Args<InputOf<Operations[N]>>
) => Call<AnswerOf<Operations[N]>>
