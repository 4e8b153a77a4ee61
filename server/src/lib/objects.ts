/** An object without the keys whose value is `undefined`. */
export type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Leaves out the keys whose value is `undefined`, so that they do not overwrite what is there. */
export function defined<T extends object>(value: T): Defined<T> {
  const kept: Defined<T> = { ...value }
  for (const key in kept) if (kept[key] === undefined) delete kept[key]
  return kept
}
