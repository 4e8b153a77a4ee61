import { type Compilable, type DialectAdapter, type RawBuilder, sql } from 'kysely'
import { type Db, isPostgres } from './db.ts'
import { directReaderOf } from './direct.ts'
import { prepared } from './prepared.ts'

/** How many questions of one kind are under way: while one is answered, those who come meanwhile gather for the next. */
const UNDER_WAY = 2

/** The key, or those of several, as a query compares a column with it. */
export type Wanted<K> = RawBuilder<K>

type Ask<K, R> = (keys: readonly K[]) => Promise<R[]>

/**
 * A prepared query of the hot path that finds rows by one key, which must be among its columns under the name `key`. Those who
 * look at once on PostgreSQL share a question and its way there and back, which cost more than its answer; each question is
 * asked after everybody in it wanted to know. `build` says `= wanted`.
 */
export function preparedLookup<C extends string, K extends string | number, R extends Record<C, K>>(
  name: string,
  key: C,
  build: (db: Db, wanted: Wanted<K>) => Compilable<R>,
): (db: Db, value: K) => Promise<R[]> {
  const one = prepared(name, (db, value: K) => build(db, sql<K>`${value}`))
  const several = prepared(`${name}_of_several`, (db, values: readonly K[]) => build(db, sql<K>`any(${values})`))
  const gathering = new WeakMap<DialectAdapter, (value: K) => Promise<R[]>>()
  return (db, value) => {
    if (!isPostgres(db) || !directReaderOf(db)) return one(db, value)
    const { adapter } = db.getExecutor()
    const known = gathering.get(adapter)
    if (known) return known(value)
    const ask = gather<K, R>(
      (values) => several(db, values),
      (row) => row[key],
    )
    gathering.set(adapter, ask)
    return ask(value)
  }
}

/** Asks for what is wanted in the same turn of the event loop, or while others are answered, at once. */
export function gather<K, R>(ask: Ask<K, R>, keyOf: (row: R) => K): (key: K) => Promise<R[]> {
  let waiting = new Map<K, PromiseWithResolvers<R[]>>()
  let underWay = 0
  let due = false
  const begin = async () => {
    due = false
    if (waiting.size === 0 || underWay >= UNDER_WAY) return
    const asked = waiting
    waiting = new Map()
    underWay += 1
    try {
      const found = Map.groupBy(await ask([...asked.keys()]), keyOf)
      for (const [key, { resolve }] of asked) resolve(found.get(key) ?? [])
    } catch (error) {
      for (const { reject } of asked.values()) reject(error)
    } finally {
      underWay -= 1
      begin()
    }
  }
  return (key) => {
    const known = waiting.get(key)
    if (known) return known.promise
    const answer = Promise.withResolvers<R[]>()
    waiting.set(key, answer)
    if (!due) setImmediate(begin)
    due = true
    return answer.promise
  }
}
