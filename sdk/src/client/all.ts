import { turns } from '../generated/turns.ts'
import { isFields } from '../objects.ts'
import type { Result } from './call.ts'
import type { AnswerOf, Args, InputOf, Operations } from './operation.ts'

/** Operations that list page by page. */
export type ListName = keyof typeof turns

/** One of what an operation lists. */
export type ItemOf<N extends ListName> =
  AnswerOf<Operations[N]> extends infer A
    ? A extends readonly (infer I)[]
      ? I
      : A extends { items: readonly (infer I)[] }
        ? I
        : never
    : never

/** Everything that an operation lists, page by page, as it is needed. Throws the error of a page. */
export type All = <N extends ListName>(
  name: N,
  ...args: Args<InputOf<Operations[N]>>
) => AsyncGenerator<ItemOf<N>, void>

interface Page<I> {
  items: readonly I[]
  next?: string | null
}

/** Turns pages until there is none. */
export async function* turn<I>(
  name: ListName,
  query: unknown,
  ask: (query: object) => Promise<Result<Page<I> | readonly I[]>>,
): AsyncGenerator<I, void> {
  for (let at: object = {}; ; ) {
    const { data, error } = await ask({ ...(isFields(query) ? query : {}), ...at })
    if (error) throw error
    const items = 'items' in data ? data.items : data
    yield* items
    const last: unknown = items.at(-1)
    const next = 'items' in data ? data.next : isFields(last) ? last['id'] : undefined
    if (next === undefined || next === null) return
    at = { [turns[name]]: next }
  }
}
