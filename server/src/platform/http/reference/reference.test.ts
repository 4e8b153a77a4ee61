import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { html } from '../html.ts'
import { readReference } from './document.ts'
import { referencePage } from './page.ts'

const document = {
  info: { title: 'An API', version: '7', description: 'For <tests>' },
  tags: [{ name: 'boxes', description: 'Boxes' }, { name: 'empty' }],
  paths: {
    '/boxes/{id}': {
      patch: {
        operationId: 'patchBoxes',
        summary: 'Change a box',
        tags: ['boxes'],
        security: [{ Token: [] }],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        requestBody: {
          content: {
            'multipart/form-data': {
              schema: {
                required: ['photo'],
                properties: {
                  photo: { type: 'string', format: 'binary' },
                  size: { anyOf: [{ type: 'string' }, { type: 'null' }] },
                },
              },
            },
          },
        },
        responses: {
          200: {
            description: 'Done',
            content: {
              'application/json': { schema: { type: 'array', items: { properties: { id: { type: 'integer' } } } } },
            },
          },
          204: { description: 'Nothing' },
        },
      },
    },
  },
}

describe('The API reference', () => {
  test('lists operations by tag with their parameters and answers', () => {
    const { sections } = readReference(document)
    assert.deepEqual(
      sections.map(({ name }) => name),
      ['boxes'],
    )
    const [operation] = sections[0]?.operations ?? []
    assert.equal(operation?.closed, true)
    assert.equal(operation?.multipart, true)
    assert.deepEqual(
      operation?.parameters.map(({ name, place, type, required }) => [name, place, type, required]),
      [
        ['id', 'path', 'string', true],
        ['photo', 'body', 'file', true],
        ['size', 'body', 'string or null', false],
      ],
    )
    assert.deepEqual(
      operation?.answers.map(({ status, body }) => [status, body]),
      [
        ['200', '[ { "id": "integer" } ]'],
        ['204', ''],
      ],
    )
  })

  test('is one page with an example for each operation, everything escaped', () => {
    const markup = html`${referencePage(readReference(document), 'https://id.example').main}`.text
    assert.match(markup, /For &lt;tests&gt;/)
    assert.match(markup, /curl -X PATCH https:\/\/id\.example\/boxes\/\{id\}/)
    assert.match(markup, /-F photo=@photo\.jpg/)
    assert.match(markup, /Needs a token/)
  })

  test('survives a document without anything in it', () => {
    assert.deepEqual(readReference(null).sections, [])
  })
})
