import type { FastifyInstance, FastifyRequest, preHandlerHookHandler } from 'fastify'
import type { TSchema } from 'typebox'
import { ErrorReply } from './replies.ts'

/** Closes a scope to everybody it does not know, and says so in the OpenAPI document. */
export interface Guard {
  /** Name of the security scheme that lets one in. */
  security: string
  /** What the OpenAPI document says of it besides. */
  documents?: Readonly<Record<`x-${string}`, string>>
  /** What it answers besides 401, as the OpenAPI document tells. */
  answers?: Readonly<Record<number, TSchema>>
  /** Throws a refusal, or notes who is calling; at once where it has nothing to look up. */
  check(request: FastifyRequest): Promise<void> | void
}

/** When a guard looks: 1.8.26 reports wrong parameters before a wrong token, except where it says otherwise. */
export type GuardTime = 'before parameters' | 'after parameters'

/** Whether a guard would let the request in, asked before its time. */
export async function letsIn({ check }: Guard, request: FastifyRequest): Promise<boolean> {
  try {
    await check(request)
    return true
  } catch {
    return false
  }
}

/** For the `config` of a route that changes nothing, whatever its method. */
export const READS = { reads: true } as const

/** Whether a request changes nothing. */
export const isReading = ({ method, routeOptions: { config } }: FastifyRequest): boolean =>
  method === 'GET' || method === 'HEAD' || ('reads' in config && config.reads === READS.reads)

/** Puts a guard before every route that is registered on `http` afterwards. */
export function guard(
  http: FastifyInstance,
  { check, security, documents = {}, answers = {} }: Guard,
  time: GuardTime = 'after parameters',
): void {
  const look: preHandlerHookHandler = (request, _reply, done) => {
    const looked = check(request)
    if (looked) looked.then(() => done(), done)
    else done()
  }
  http.addHook(time === 'before parameters' ? 'preValidation' : 'preHandler', look)
  http.addHook('onRoute', (route) => {
    const schema = route.schema ?? {}
    const response = typeof schema.response === 'object' ? schema.response : {}
    route.schema = {
      ...schema,
      ...documents,
      security: [{ [security]: [] }],
      response: { 401: ErrorReply, ...answers, ...response },
    }
  })
}
