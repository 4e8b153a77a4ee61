import type { FastifyInstance } from 'fastify'
import { type TObject, type TProperties, Type } from 'typebox'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { READS } from './guards.ts'

const errors = defineErrors('http', { personalInAddress: [422, 'Personal data does not belong in an address'] })

/** The mark, in the API document too, of a parameter that people are looked for by: an address may not be the place for it. */
export const PERSONAL_DATA = 'x-personal-data'

/** For the options of such a parameter's type. */
export const personal = { [PERSONAL_DATA]: true } as const

interface List<P extends TProperties, R> {
  summary: string
  description?: string
  tags: string[]
  querystring: TObject<P>
  response: R
}

/**
 * The two routes of a list: `get` takes its parameters from the query, and `post`, for the path with `/search` behind it, the
 * same ones from a body. Guards take both for reading, which must be all that they do.
 */
export function listAndSearch<P extends TProperties, R>(
  { querystring, description, ...rest }: List<P, R>,
  /** What the API document calls the parameters in a body. */
  title: string,
) {
  const said = (sentence: string) => (description === undefined ? sentence : `${description} ${sentence}`)
  return {
    get: {
      schema: {
        ...rest,
        description: said(
          `With SECRETS_IN_URLS=false those marked \`${PERSONAL_DATA}\` are taken by the search alone.`,
        ),
        querystring,
      },
    },
    post: {
      config: READS,
      schema: {
        ...rest,
        description: said('The list by GET, asked for in a body, so that what is looked for stands in no address.'),
        body: Type.Object(querystring.properties, { title, additionalProperties: false }),
      },
    },
  }
}

/** Refuses parameters with {@link PERSONAL_DATA} in addresses, on routes that are registered on `http` afterwards. */
export function refusePersonalInAddresses(http: FastifyInstance): void {
  http.addHook('preValidation', (request, _reply, done) => {
    const { schema, url = '' } = request.routeOptions
    const names = personalIn(schema?.querystring)
    const given = isObject(request.query) ? Object.keys(request.query).filter((name) => names.includes(name)) : []
    if (given.length === 0) return done()
    const error = `${given.join(', ')}: not in an address here, but in the body of POST ${url.replace(/\/$/, '')}/search`
    done(errors.personalInAddress({ body: { error } }))
  })
}

/** Parameters of a query that have the mark. */
function personalIn(querystring: unknown): string[] {
  const properties = isObject(querystring) && isObject(querystring['properties']) ? querystring['properties'] : {}
  return Object.entries(properties).flatMap(([name, type]) => (isObject(type) && type[PERSONAL_DATA] ? [name] : []))
}
