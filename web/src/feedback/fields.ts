import { isBarongError } from '@barong/sdk'

/** What the server said against single fields, and what against the whole. */
export interface Faults<Field extends string> {
  fields: Partial<Record<Field, string>>
  rest: string[]
}

/** How sentences begin that are about one field each, and that the server joins as English prose does. */
const BEGINNINGS =
  'First name|Last name|Dob|Address|Postcode|City|Country|Doc type|Doc number|Doc expire|Upload|Metadata|' +
  'Public key|Scopes|Allowed networks|Expires at|Expires in|Rate|State'
const JOINT = new RegExp(`(?:, and |, | and )(?=(?:${BEGINNINGS}) )`)

/** Sorts what the server said by the fields that it is about; a field is known by the words that it is called. */
export function faultsOf<Field extends string>(
  error: Error | null,
  names: Readonly<Record<Field, RegExp>>,
  tError: (sentence: string) => string,
): Faults<Field> {
  const faults: Faults<Field> = { fields: {}, rest: [] }
  const fields = Object.keys(names).filter((name): name is Field => name in names)
  const said = isBarongError(error) ? error.messages : error ? ['Something went wrong'] : []
  for (const sentence of said.flatMap((sentences) => sentences.split(JOINT))) {
    const field = fields.find((name) => names[name].test(sentence))
    if (field === undefined) faults.rest.push(tError(sentence))
    else faults.fields[field] ??= tError(sentence)
  }
  return faults
}
