import type { Application, ApplicationChange } from '../../api/applications.ts'

/** The keys of an application as they are typed: a JWK Set, or the address of one. */
export const textOfKeys = (application: Application | undefined): string =>
  application?.jwks_uri ?? (application?.jwks ? JSON.stringify(application.jwks, null, 2) : '')

/** What was typed, as the API takes it; the server says what is wrong with it. */
export function keysOfText(text: string): Pick<ApplicationChange, 'jwks' | 'jwks_uri'> {
  const typed = text.trim()
  if (typed === '') return { jwks: null, jwks_uri: null }
  if (!typed.startsWith('{')) return { jwks_uri: typed, jwks: null }
  return { jwks: setOf(typed), jwks_uri: null }
}

function setOf(text: string): { keys: Record<string, unknown>[] } {
  try {
    const set: { keys?: Record<string, unknown>[] } = JSON.parse(text)
    // One key alone is meant as a set of one.
    return { keys: set.keys ?? [{ ...set }] }
  } catch {
    // No JSON, and so no keys: refused as such.
    return { keys: [] }
  }
}
