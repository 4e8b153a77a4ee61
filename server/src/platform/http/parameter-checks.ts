import type { FastifyInstance } from 'fastify'
import { IsObject } from 'typebox'
import { defineErrors } from '../../lib/errors.ts'
import { parameterCheck } from './parameters.ts'

const refusals = {
  400: defineErrors('http', { parameters: [400, 'Parameters are wrong'] }),
  422: defineErrors('http', { parameters: [422, 'Parameters are wrong'] }),
}

/** Checks the parameters of every route registered on `http` afterwards; what is wrong is told with that status. */
export function checkParameters(http: FastifyInstance, status: keyof typeof refusals): void {
  http.setValidatorCompiler(({ schema }) => {
    if (!IsObject(schema)) return (value: unknown) => ({ value })
    const check = parameterCheck(schema)
    return (input: Record<string, unknown>) => {
      const checked = check(input)
      if ('value' in checked) return checked
      return { error: refusals[status].parameters({ body: { error: checked.message } }) }
    }
  })
}
