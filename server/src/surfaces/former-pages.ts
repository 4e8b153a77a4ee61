import type { FastifyInstance } from 'fastify'

/** Where the pages of Barong 1.8 were that others link to, and where they are. */
const MOVED: Readonly<Record<string, string>> = {
  '/accounts/sign_out': '/oauth/sign_out',
  '/accounts/edit': '/account/security/password',
  '/phones/new': '/account/phone',
  '/profiles/new': '/account/profile',
  '/documents/new': '/account/documents',
  '/security': '/account/security/two-factor',
  '/oauth/authorized_applications': '/account/security/applications',
  '/oauth/applications': '/admin/applications',
}

/** Those that read their query, as where to go on to. */
const MOVED_WITH_QUERY: Readonly<Record<string, string>> = {
  '/accounts/sign_in': '/sign-in',
  '/accounts/sign_in/confirm': '/sign-in',
  '/accounts/sign_up': '/sign-up',
  '/accounts/password/new': '/forgotten-password',
  '/accounts/confirmation/new': '/send-confirmation',
  '/accounts/unlock/new': '/send-unlock',
}

/** Leads from the addresses of Barong 1.8 to the pages that took their place. */
export async function formerPages(http: FastifyInstance): Promise<void> {
  for (const [path, target] of Object.entries(MOVED))
    http.get(path, async (_request, reply) => reply.redirect(target, 302))
  for (const [path, target] of Object.entries(MOVED_WITH_QUERY))
    http.get(path, async ({ url }, reply) => reply.redirect(target + queryOf(url), 302))
}

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '')
