import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '../../lib/errors.ts'
import { parseJsonBody } from './json-body.ts'

const parse = (text: string) => parseJsonBody(Buffer.from(text))
const refused = (message: string) => (error: unknown) =>
  error instanceof Refusal && error.status === 400 && error.message === message

const ACCEPTED: [string, string, unknown][] = [
  ['an object', '{"email":"a@b","n":[1,null]}', { email: 'a@b', n: [1, null] }],
  ['no body at all', '', {}],
  ['white space alone', ' \r\n\t', {}],
  ['a string as no parameters', '"abc"', {}],
  ['an array as no parameters', '[1]', {}],
  ['null as no parameters', 'null', {}],
  ['true as no parameters', 'true', {}],
  ['the last of equal keys', '{"a":"bad","a":"good"}', { a: 'good' }],
  ['block comments', '{"a":1,/*x*/"b":/**/2}/***/', { a: 1, b: 2 }],
  ['line comments', '// first\n{"a":1 // one\n}\n// last', { a: 1 }],
  ['comment marks within strings', '{"a":"/*x*/","b":"//","c":"\\"/*"} // x', { a: '/*x*/', b: '//', c: '"/*' }],
  [
    'integers beyond 2^53 as text',
    '{"a":12345678901234567890,"b":1234567890123456}',
    { a: '12345678901234567890', b: 1234567890123456 },
  ],
  ['long digits within strings', '{"a":"12345678901234567890"}', { a: '12345678901234567890' }],
]
for (const [title, text, value] of ACCEPTED) test(`a JSON body takes ${title}`, () => deepEqual(parse(text), value))

const MALFORMED: [string, string][] = [
  ['an unfinished object', '{"a'],
  ['trailing text', '{"a":1} x'],
  ['two values', '1/**/2'],
  ['an unfinished comment', '{"a":1} /* x'],
  ['a comment that only seems to end', '{"a":1} /*/'],
  ['a comment alone', '/* x */'],
  ['a trailing comma', '{"a":1,}'],
  ['NaN', '{"a":NaN}'],
  ['single quotes', "{'a':1}"],
  ['a control character in a string', '{"a":"\n"}'],
]
for (const [title, text] of MALFORMED) {
  test(`a JSON body refuses ${title}`, () => throws(() => parse(text), refused('The request body is not valid JSON')))
}

test('a JSON body refuses bytes that are not UTF-8', () => {
  const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')])
  throws(() => parseJsonBody(body), refused('The request body is not valid UTF-8'))
})

test('a JSON body refuses a byte order mark', () => {
  throws(() => parse('\uFEFF{}'), refused('The request body must not start with a byte order mark'))
})

test('a JSON body may nest 100 levels and no more', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  ok(parse(nested(100)))
  throws(() => parse(nested(101)), refused('The request body is nested deeper than 100 levels'))
  throws(() => parse(`${'['.repeat(9999)}1234567890123456789${']'.repeat(9999)}`), Refusal)
})

// ASVS 1.5.2, 15.3.6
test('a JSON body cannot reach a prototype', () => {
  const value = parse(
    '{"__proto__":{"x":1},"a":{"constructor":{"prototype":{"x":1}},"\\u005f_proto__":1,"b":2},"c":[{"prototype":1}]}',
  )
  deepEqual(value, { a: { b: 2 }, c: [{}] })
  equal(Reflect.get({}, 'x'), undefined)
})

// ASVS 15.2.2
test('a JSON body may have 10,000 values and no more, whatever they are and wherever they stand', () => {
  const many = (count: number, value = '1') => Array.from({ length: count }, () => value).join()
  const tooMany = refused('The request body has more than 10000 values')
  // The outermost and the array are two of them.
  ok(parse(`{"a":[${many(9_998)}]}`))
  throws(() => parse(`{"a":[${many(9_999)}]}`), tooMany)
  throws(() => parse(`{"a":[${many(9_999, '[]')}]}`), tooMany)
  throws(() => parse(`{"a":{${Array.from({ length: 9_999 }, (_, at) => `"${at}":1`).join()}}}`), tooMany)
  throws(() => parse(`/**/{"a":[${many(9_999)}]}`), tooMany)
  throws(() => parse(`{"a":{"__proto__":[${many(9_999)}]},"b":12345678901234567890}`), tooMany)
})

test('the values of a JSON body are gone through twice at most, and its text is parsed twice at most', (t) => {
  const parser = t.mock.method(JSON, 'parse')
  const visits = t.mock.method(Number, 'isSafeInteger')
  parse(`{"a":[${'1,'.repeat(9_000)}1],"b":12345678901234567890}`)
  deepEqual([parser.mock.callCount(), visits.mock.callCount()], [2, 9_002])
})

test('hostile bodies of a megabyte are refused in linear time', { timeout: 10_000 }, () => {
  for (const part of ['[', '{"a":', '\\"', '"\\"', '/*', '/', '"/*', '*/']) {
    throws(() => parse(`{"/*${part.repeat(1_000_000 / part.length)}`), Refusal)
  }
})

test('any bytes are parsed into an object or refused', () => {
  const jsonLike = fc
    .array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '/', '*', '\\', '\n', 'a', '1', 'null'))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        jsonLike.map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        try {
          equal(typeof parseJsonBody(Buffer.from(bytes)), 'object')
        } catch (error) {
          ok(error instanceof Refusal, String(error))
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test('what JSON writes is read back, with comments between its tokens too', () => {
  const written = fc
    .dictionary(fc.string(), fc.jsonValue())
    .map((value) => JSON.stringify(value, null, 1))
    .filter((text) => !/__proto__|constructor|prototype|\d{16}/.test(text))
  fc.assert(
    fc.property(written, (text) => {
      const value: unknown = JSON.parse(text)
      deepEqual(parse(text), value)
      deepEqual(parse(`/* " */${text}// "`), value)
      deepEqual(parse(text.replaceAll(/\n */g, '/*x*/')), value)
    }),
  )
})
