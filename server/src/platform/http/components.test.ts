import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withComponents, withoutReferences } from './components.ts'

const Box = {
  title: 'Box',
  description: 'A box',
  type: 'object',
  properties: { size: { type: 'integer', title: 'Size' } },
}
const json = (schema: object) => ({ content: { 'application/json': { schema } } })
const document = (...answers: object[]) => ({
  openapi: '3.1.0',
  components: { securitySchemes: {} },
  paths: { '/boxes': { get: { responses: Object.fromEntries(answers.map((each, index) => [200 + index, each])) } } },
})
const nameless = () => undefined

describe('What a document says again and again', () => {
  test('stands once, among its components, also inside of something else', () => {
    const list = { type: 'array', items: Box }
    const shared = withComponents(document(json(Box), json(list)), nameless)
    const reference = { $ref: '#/components/schemas/Box' }
    assert.deepEqual(shared['components'], { securitySchemes: {}, schemas: { Box }, responses: {} })
    const answers = { 200: json(reference), 201: json({ type: 'array', items: reference }) }
    assert.deepEqual(shared['paths'], { '/boxes': { get: { responses: answers } } })
  })

  test('keeps what one use says of itself', () => {
    const shared = withComponents(document(json(Box), json({ ...Box, description: 'The other one' })), nameless)
    const answer = json({ $ref: '#/components/schemas/Box', description: 'The other one' })
    assert.deepEqual(
      withoutReferences(shared)['paths'],
      document(json(Box), json({ ...Box, description: 'The other one' })).paths,
    )
    assert.ok(JSON.stringify(shared['paths']).includes(JSON.stringify(answer)))
  })

  test('is never two things of one name', () => {
    const other = { ...Box, properties: {} }
    assert.throws(() => withComponents(document(json(Box), json(other)), nameless), /Two schemas are called Box/)
  })

  test('leaves parameters as they are, whose titles are their names in messages', () => {
    const hash = { type: 'object', additionalProperties: true, title: 'Metadata' }
    const shared = withComponents(document(json(hash), json({ type: 'string', title: 'Email' })), nameless)
    assert.deepEqual(shared['paths'], document(json(hash), json({ type: 'string', title: 'Email' })).paths)
  })

  test('is where it was once references are followed', () => {
    const before = document(json(Box), json({ type: 'array', items: Box }), { description: 'Gone' })
    const shared = withComponents(before, (status) => (status === '202' ? 'Gone' : undefined))
    assert.match(JSON.stringify(shared['paths']), /#\/components\/responses\/Gone/)
    assert.deepEqual(withoutReferences(shared)['paths'], before.paths)
  })
})
