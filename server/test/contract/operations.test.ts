import { deepEqual, equal, ok } from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { Check } from 'typebox/schema'
import { withoutReferences } from '../../src/platform/http/components.ts'
import { onEachDatabase } from '../support/databases.ts'
import { sharedServer } from '../support/shared-server.ts'
import { neverAnswered } from './never-answered.ts'
import { type Operation, type OurOperation, ourOperation, published, publishedOperations } from './operations.ts'
import { scenarios } from './scenarios/scenarios.ts'

/** What any operation may be answered: that it is so is shown once, not for each. */
const ANYWHERE = ['400', '403', '406', '408', '413', '429', '503']
/** Bodies that say nothing: `null`, which 1.8.26 sends, and none. */
const NOTHING: unknown[] = [null, '']
const OPERATIONS = publishedOperations('1.8.26')

onEachDatabase('The operations of Barong 1.8.26', (newDatabase, kind) => {
  const server = sharedServer(newDatabase)
  let document: unknown
  before(async () => {
    document = withoutReferences((await server().call('GET', '/swagger_doc')).body)
  })
  const isAnywhere = ({ responses }: Operation, status: string) => ANYWHERE.includes(status) && !(status in responses)
  const ours = (operation: Operation): OurOperation => {
    const found = ourOperation(document, operation)
    ok(found, `${operation.method} ${operation.path} is not documented`)
    return found
  }

  if (kind === 'sqlite') {
    test('are documented with the same parameters, those of 1.7.0 too, and no required one more', () => {
      for (const operation of [...OPERATIONS, ...publishedOperations('1.7.0')]) {
        const { parameters } = ours(operation)
        const missing = operation.params.map(published).filter((parameter) => !takes(parameters, parameter))
        deepEqual(missing, [], `${operation.id} takes ${parameters}`)
      }
      for (const operation of OPERATIONS) {
        const known = operation.params.map(({ name }) => name)
        const more = ours(operation).parameters.filter((text) => !known.includes(text.split(':')[0] ?? ''))
        deepEqual(
          more.filter((text) => text.endsWith('!')),
          [],
          operation.id,
        )
      }
    })

    test('are documented with at least the same statuses', () => {
      for (const operation of OPERATIONS) {
        const { bodies } = ours(operation)
        const missing = Object.keys(operation.responses).filter((status) => !(status in bodies))
        deepEqual(missing, [], operation.id)
      }
    })

    test('contain those of 1.7.0', () => {
      const names = OPERATIONS.map(({ id }) => id)
      deepEqual(
        publishedOperations('1.7.0').filter(({ id }) => !names.includes(id)),
        [],
      )
    })

    test('have a scenario for each documented status, but for those that are never answered', () => {
      const without = OPERATIONS.flatMap((operation) =>
        Object.keys(ours(operation).bodies)
          .filter((status) => scenarios[operation.id]?.[Number(status)] === undefined && !isAnywhere(operation, status))
          .map((status) => `${operation.id} ${status}`),
      )
      deepEqual(without.sort(), neverAnswered.map(({ operation, status }) => `${operation} ${status}`).sort())
    })
  }

  describe('answer as documented:', () => {
    for (const operation of OPERATIONS) {
      test(`${operation.method} ${operation.path}`, async () => {
        const { bodies } = ours(operation)
        for (const [status, scenario] of Object.entries(scenarios[operation.id] ?? {})) {
          ok(status in bodies, `${status} is not documented`)
          const answer = await scenario(server())
          const text = `${status}: ${JSON.stringify(answer.body)}`
          equal(answer.status, Number(status), text)
          const schema = bodies[status]
          ok(schema ? Check(schema, answer.body) : NOTHING.includes(answer.body), `${text} is not as documented`)
        }
      })
    }
  })
})

/** 1.7.0 did not say that dates and files are such; the query is taken like the body. */
function takes(parameters: readonly string[], wanted: string): boolean {
  const [name, place, type] = wanted.split(':')
  const required = wanted.endsWith('!')
  return parameters.some((text) => {
    const [ourName, ourPlace, ourType = ''] = text.split(':')
    const plain = ourType.replace('!', '')
    const sameType = plain === type?.replace('!', '') || plain.replace(/\(.*\)/, '') === type?.replace('!', '')
    return ourName === name && ourPlace === place && sameType && text.endsWith('!') === required
  })
}
