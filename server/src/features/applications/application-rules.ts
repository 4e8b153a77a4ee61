import { defineErrors } from '../../lib/errors.ts'
import type { Application } from '../../platform/db/schema.ts'
import { misfitOf, redirectUriError } from './redirect-uris.ts'
import { resourceError, resourcesOf } from './resources.ts'

const errors = defineErrors('applications', { invalid: [422, 'The application is invalid'] })

/** The part of an application that must fit together. */
type Stated = Partial<Pick<Application, 'pkce_waived_at' | 'consent_skipped_at'>> &
  Pick<Application, 'redirect_uri' | 'grant_types' | 'resources' | 'auth_method'>

/** Refuses what the engine could not work with, or what would not be safe. */
export function refuseContradictions(application: Stated, production: boolean): void {
  const problem = problemOf(application, production)
  if (problem !== undefined) throw errors.invalid({ body: { error: problem } })
}

function problemOf({ redirect_uri, grant_types, resources, auth_method, pkce_waived_at }: Stated, production: boolean) {
  const uris = redirect_uri === '' ? [] : redirect_uri.split('\n')
  const wrong = uris.map((uri) => redirectUriError(uri, production)).find((reason) => reason !== undefined)
  if (wrong !== undefined) return `Redirect URI ${wrong}`
  const misfit = misfitOf(uris)
  if (misfit !== undefined) return `Redirect URI ${misfit} cannot stand beside one with a scheme of its own`
  for (const resource of resourcesOf(resources)) {
    const reason = resourceError(resource)
    if (reason !== undefined) return `Resource ${resource} ${reason}`
  }
  const grants = grant_types.split(' ')
  const isPublic = auth_method === 'none'
  if (grants.includes('authorization_code') && uris.length === 0) return "Redirect URI can't be blank"
  if (isPublic && grants.includes('client_credentials')) return 'A public application has no credentials of its own'
  if (isPublic && pkce_waived_at) return 'A public application cannot do without PKCE'
  return undefined
}
