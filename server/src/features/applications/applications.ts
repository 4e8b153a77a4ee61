import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { hexToken } from '../../lib/ids.ts'
import { isUniqueViolation } from '../../platform/db/db.ts'
import type { Application } from '../../platform/db/schema.ts'
import { redirectUriError } from './redirect-uris.ts'
import { insertApplication } from './store.ts'

export { redirectUriError } from './redirect-uris.ts'
export { findApplication, findApplicationByName, listApplications } from './store.ts'

const errors = defineErrors('applications', {
  taken: [422, 'An application of this name or uid exists already'],
  redirectUri: [422, 'Redirect URI is invalid'],
})

/** What an operator says of an application; `uid` and `secret` are made when left out. */
export interface NewApplication {
  name: string
  /** One or more URIs, one a line. */
  redirect_uri: string
  scopes?: string | undefined
  uid?: string | undefined
  secret?: string | undefined
  /** Whether people are not asked for their consent, as in one's own product. */
  skipauth?: boolean | undefined
}

/** Registers an application and returns it with its secret, which is shown this once. */
export async function createApplication(
  { db, clock, ring, config }: Pick<Deps, 'db' | 'clock' | 'ring' | 'config'>,
  input: NewApplication,
): Promise<{ application: Application; secret: string }> {
  const wrong = input.redirect_uri
    .split('\n')
    .map((uri) => redirectUriError(uri, config.production))
    .find((reason) => reason !== undefined)
  if (wrong !== undefined) throw errors.redirectUri({ body: { error: `Redirect URI ${wrong}` } })
  const uid = input.uid ?? hexToken(32)
  const secret = input.secret ?? hexToken(32)
  const now = iso(clock.now())
  try {
    const application = await insertApplication(db, {
      uid,
      name: input.name,
      redirect_uri: input.redirect_uri,
      scopes: input.scopes ?? '',
      secret_sealed: ring.seal('application-secret', uid, secret),
      consent_skipped_at: input.skipauth ? now : null,
      created_at: now,
      updated_at: now,
    })
    return { application, secret }
  } catch (cause) {
    throw isUniqueViolation(cause) ? errors.taken({ cause }) : cause
  }
}

/** The application's secret in clear. */
export const applicationSecret = ({ ring }: Pick<Deps, 'ring'>, { uid, secret_sealed }: Application): string =>
  ring.open('application-secret', uid, secret_sealed).toString()

/** Whether people are not asked before it acts for them; an application that is gone skips nothing. */
export const applicationSkipsConsent = (application: Application | undefined): boolean =>
  application !== undefined && application.consent_skipped_at !== null
