/** What a validator says of one fault in a request. */
export interface Fault {
  keyword: string
  instancePath: string
  schemaPath: string
  params: Readonly<Record<string, unknown>>
  message?: string | undefined
}

/** More tell nobody more. */
const MAX_SENTENCES = 20

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'a time such as 2027-01-31T12:00:00Z',
  date: 'a day such as 2027-01-31',
  uri: 'an address such as https://example.com/',
  email: 'an e-mail address',
}

/** All that is wrong with the parameters of a request, in words for whoever sends it. */
export function sentencesOf(faults: readonly Fault[]): string {
  const choices = faults.filter(({ keyword }) => keyword === 'anyOf')
  const told = faults.flatMap((fault) => {
    const choice = choices.find((each) => fault !== each && fault.schemaPath.startsWith(`${each.schemaPath}/`))
    if (choice) return []
    return fault.keyword === 'anyOf' ? [sentenceOfChoice(fault, faults)] : [sentenceOf(fault)]
  })
  return [...new Set(told)].slice(0, MAX_SENTENCES).join(', ')
}

/** What may stand there, of which nothing does. */
function sentenceOfChoice(choice: Fault, faults: readonly Fault[]): string {
  const tried = faults.filter(
    ({ schemaPath, instancePath }) =>
      schemaPath.startsWith(`${choice.schemaPath}/`) && instancePath === choice.instancePath,
  )
  const values = tried.flatMap(({ keyword, params }) => (keyword === 'const' ? [String(params['allowedValue'])] : []))
  if (values.length > 0) return `${nameOf(choice)} must be one of ${values.join(', ')}`
  const rest = tried.find(({ keyword }) => keyword !== 'type')
  if (rest) return sentenceOf(rest)
  return `${nameOf(choice)} must be ${tried.map(({ params }) => typeOf(params['type'])).join(' or ')}`
}

function sentenceOf(fault: Fault): string {
  const { keyword, params, message } = fault
  const name = nameOf(fault)
  const { limit } = params
  switch (keyword) {
    case 'required':
      return `${nameOf(fault, params['missingProperty'])} is missing`
    case 'additionalProperties':
      return `${nameOf(fault, params['additionalProperty'])} is not a parameter`
    case 'type':
      return `${name} must be ${typeOf(params['type'])}`
    case 'enum':
      return `${name} must be one of ${[params['allowedValues']].flat().join(', ')}`
    case 'const':
      return `${name} must be ${params['allowedValue']}`
    case 'format':
      return `${name} must be ${FORMATS[String(params['format'])] ?? `of the form ${params['format']}`}`
    case 'pattern':
      return `${name} must match ${params['pattern']}`
    case 'minLength':
      return limit === 1 ? `${name} is empty` : `${name} must have at least ${limit} characters`
    case 'maxLength':
      return `${name} must have at most ${limit} characters`
    case 'minItems':
      return limit === 1 ? `${name} is empty` : `${name} must have at least ${limit} entries`
    case 'maxItems':
      return `${name} must have at most ${limit} entries`
    case 'minimum':
      return `${name} must be at least ${limit}`
    case 'maximum':
      return `${name} must be at most ${limit}`
    default:
      return `${name} ${message ?? 'is invalid'}`
  }
}

const typeOf = (type: unknown): string =>
  [type]
    .flat()
    .map((each) => TYPES[String(each)] ?? String(each))
    .join(' or ')

/** Where a fault is, as clients write it: `jwks.keys[0].kty`; a body that is none is `The body`. */
function nameOf({ instancePath }: Fault, inner?: unknown): string {
  const steps = instancePath.split('/').slice(1)
  if (inner !== undefined) steps.push(String(inner))
  const [first, ...rest] = steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (first === undefined) return 'The body'
  return first + rest.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('')
}
