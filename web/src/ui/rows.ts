/** An item of a list while it is written; its id tells it from the others, whatever it says. */
export interface Row<T> {
  id: number
  item: T
}

/** The rows of items that are there. */
export const rowsOf = <T>(items: readonly T[]): Row<T>[] => items.map((item, id) => ({ id, item }))

/** The rows with something changed in one of them. */
export const withChange = <T extends object>(rows: readonly Row<T>[], id: number, patch: Partial<T>): Row<T>[] =>
  rows.map((row) => (row.id === id ? { id, item: { ...row.item, ...patch } } : row))

/** The rows and one more. */
export const withAnother = <T>(rows: readonly Row<T>[], item: T): Row<T>[] => [
  ...rows,
  { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, item },
]

/** The rows without one of them. */
export const without = <T>(rows: readonly Row<T>[], id: number): Row<T>[] => rows.filter((row) => row.id !== id)
