import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../deps.ts'
import { keepsFiles } from '../platform/blobs/trial.ts'
import { obstacleOf } from '../platform/db/schema-state.ts'
import { backlogs } from '../platform/events/health.ts'

const Health = Type.Object({ status: Type.String() })

/** What a balancer or an orchestrator asks. */
export const health =
  ({ schema }: Pick<Deps, 'schema'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get('/live', { schema: { response: { 200: Health } } }, async () => ({ status: 'ok' }))
    http.get('/ready', { schema: { response: { 200: Health, 503: Health } } }, async (request, reply) => {
      try {
        const obstacle = obstacleOf(await schema())
        return obstacle === undefined ? { status: 'ok' } : reply.code(503).send({ status: obstacle })
      } catch (error) {
        request.log.error({ err: error }, 'The database does not answer')
        return reply.code(503).send({ status: 'the database does not answer' })
      }
    })
  }

const Check = Type.Object({ status: Type.String(), ms: Type.Integer() })
const DeepHealth = Type.Object({
  status: Type.String(),
  checks: Type.Record(Type.String(), Check),
  deliveries: Type.Array(
    Type.Object({ kind: Type.String(), waiting: Type.Integer(), lag_seconds: Type.Integer(), dead: Type.Integer() }),
  ),
  passwords: Type.Object({ running: Type.Integer(), waiting: Type.Integer() }),
})

/** Everything the server depends on, for people who look; it tells too much, and asks too much, for a balancer. */
export const deepHealth =
  (deps: Pick<Deps, 'db' | 'schema' | 'clock' | 'blobs' | 'antivirus' | 'passwords'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get('/deep', { schema: { response: { 200: DeepHealth, 503: DeepHealth } } }, async (request, reply) => {
      const failed = (name: string) => (error: unknown) => request.log.error({ err: error }, `${name} does not answer`)
      const checks = {
        database: await timed(() => checkDatabase(deps), failed('The database')),
        documents: await timed(() => checkDocuments(deps), failed('The document storage')),
        ...(deps.antivirus && { antivirus: await timed(() => checkAntivirus(deps), failed('The antivirus')) }),
      }
      const isWell = Object.values(checks).every(({ status }) => status === 'ok')
      const kinds = checks.database.status === 'ok' ? await backlogs(deps) : []
      return reply.code(isWell ? 200 : 503).send({
        status: isWell ? 'ok' : 'failing',
        checks,
        deliveries: kinds.map(({ lag, ...kind }) => ({ ...kind, lag_seconds: Math.round(lag / 1000) })),
        passwords: deps.passwords.load(),
      })
    })
  }

async function timed(check: () => Promise<string>, failed: (error: unknown) => void) {
  const started = performance.now()
  const status = await check().catch((error) => {
    failed(error)
    return 'no answer'
  })
  return { status, ms: Math.round(performance.now() - started) }
}

const checkDatabase = async ({ schema }: Pick<Deps, 'schema'>): Promise<string> => obstacleOf(await schema()) ?? 'ok'

const checkDocuments = async ({ blobs }: Pick<Deps, 'blobs'>): Promise<string> =>
  (await keepsFiles(blobs, 'health')) ? 'ok' : 'other than it was written'

const checkAntivirus = async ({ antivirus }: Pick<Deps, 'antivirus'>): Promise<string> => {
  await antivirus?.version()
  return 'ok'
}
