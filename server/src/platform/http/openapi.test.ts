import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testServer } from '../../../test/support/server.ts'
import { operationId } from './openapi.ts'

describe('The OpenAPI document', () => {
  test('names operations as the published documents of the API do', () => {
    assert.equal(operationId('POST', '/api/v1/accounts/'), 'postV1Accounts')
    assert.equal(operationId('POST', '/api/v1/security/generate_qrcode'), 'postV1SecurityGenerateQrcode')
    assert.equal(operationId('PATCH', '/api/v1/api_keys/:uid'), 'patchV1ApiKeysUid')
  })

  test('is OpenAPI 3.1, open to strangers, and says what each operation takes and answers', async () => {
    await using server = await testServer('sqlite:')
    const { status, body } = await server.call('GET', '/swagger_doc')
    assert.equal(status, 200)
    assert.equal(body.openapi, '3.1.0')
    const { post } = body.paths['/api/v1/accounts']
    assert.equal(post.operationId, 'postV1Accounts')
    assert.deepEqual(Object.keys(post.requestBody.content), [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
    ])
    assert.deepEqual(post.responses['400'], { $ref: '#/components/responses/BadRequest' })
    const { content } = body.components.responses.BadRequest
    assert.deepEqual(content, { 'application/json': { schema: { $ref: '#/components/schemas/ErrorReply' } } })
    assert.deepEqual(body.paths['/api/v1/labels/{key}'].get.security, [{ BearerToken: [] }])
    assert.equal('/api/v1/swagger_doc' in body.paths, false)
  })

  test('says that what has a default need not be sent', async () => {
    await using server = await testServer('sqlite:')
    const { body } = await server.call('GET', '/admin/swagger_doc')
    const limit = body.paths['/api/v1/admin/deliveries'].get.parameters.find(
      ({ name }: { name: string }) => name === 'limit',
    )
    assert.equal(typeof limit.schema.default, 'number')
    assert.equal(limit.required ?? false, false)
  })

  test('has one part for each tag and refuses a tag it does not know', async () => {
    await using server = await testServer('sqlite:')
    const { status, body } = await server.call('GET', '/swagger_doc/labels')
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body.paths), ['/api/v1/labels', '/api/v1/labels/{key}'])
    assert.equal(body.tags.length, 1)
    assert.deepEqual(Object.keys(body.components.schemas), [
      'ErrorReply',
      'HoldReason',
      'Label',
      'LabelErrors',
      'LabelScope',
      'LabelValue',
      'NewLabel',
    ])
    const unknown = await server.call('GET', '/swagger_doc/unicorns')
    assert.deepEqual([unknown.status, unknown.body], [400, { error: 'named resource not exist' }])
  })
})
