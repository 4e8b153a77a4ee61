import { Problem } from '../api/problem.ts'

/** What the server said against single fields, and what against the whole. */
export interface Faults<Field extends string> {
  fields: Partial<Record<Field, string>>
  rest: string[]
}

/** Sorts what the server said by the fields that it is about; a field is known by the words that it is called. */
export function faultsOf<Field extends string>(
  error: Error | null,
  names: Readonly<Record<Field, RegExp>>,
  tError: (sentence: string) => string,
): Faults<Field> {
  const faults: Faults<Field> = { fields: {}, rest: [] }
  const fields = Object.keys(names).filter((name): name is Field => name in names)
  for (const sentence of error instanceof Problem ? error.sentences : error ? ['Something went wrong'] : []) {
    const field = fields.find((name) => names[name].test(sentence))
    if (field === undefined) faults.rest.push(tError(sentence))
    else faults.fields[field] ??= tError(sentence)
  }
  return faults
}
