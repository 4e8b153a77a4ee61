/**
 * What of an address is decided to be:
 * - `nothing`: no secret, and nothing of a person beyond a uid, which is public (docs/guides/secure-operation.md, Data);
 * - `search`: can be personal, so that a search takes it in a body, and with SECRETS_IN_URLS=false nothing else does;
 * - `elsewhere`: can be personal or secret; with SECRETS_IN_URLS=false it is refused or not looked at, and comes in a header, a
 *   body or behind the `#`.
 */
export type Decision = 'nothing' | 'search' | 'elsewhere'

const page = { limit: 'nothing', before: 'nothing' } as const
const time = { since: 'nothing', until: 'nothing' } as const

/** Parameters of the query that the API documents name, by operation. */
export const QUERIES: Readonly<Record<string, Readonly<Record<string, Decision>>>> = {
  'GET /api/v1/activities': { ...page, topic: 'nothing' },
  'GET /api/v1/api_keys': { totp_code: 'elsewhere' },
  'GET /api/v1/api_keys/{uid}': { totp_code: 'elsewhere' },
  'DELETE /api/v1/api_keys/{uid}': { totp_code: 'elsewhere' },
  'GET /api/v1/admin/accounts': {
    email: 'search',
    uid: 'search',
    phone: 'search',
    name: 'search',
    label: 'search',
    level: 'nothing',
    state: 'nothing',
    label_scope: 'nothing',
    role: 'nothing',
    country: 'nothing',
    created_from: 'nothing',
    created_to: 'nothing',
    // Sealed.
    cursor: 'nothing',
    limit: 'nothing',
  },
  'GET /api/v1/admin/accounts/{uid}/activities': { ...page, topic: 'nothing' },
  'GET /api/v1/admin/reviews': {
    level_sought: 'nothing',
    attempt: 'nothing',
    country: 'nothing',
    claimed: 'nothing',
    after: 'nothing',
    limit: 'nothing',
  },
  // The signature opens nothing without the token of the officer whom it was made for.
  'GET /api/v1/admin/documents/{id}/file': { expires: 'nothing', signature: 'nothing', page: 'nothing' },
  'GET /api/v1/admin/labels': { cursor: 'nothing', limit: 'nothing' },
  'GET /api/v1/admin/dashboard': { days: 'nothing' },
  'GET /api/v1/admin/events': { account: 'search', name: 'nothing', ...time, ...page },
  'GET /api/v1/admin/deliveries': {
    account: 'search',
    state: 'nothing',
    destination: 'nothing',
    event: 'nothing',
    ...page,
  },
  'GET /api/v1/admin/deliveries/messages': { state: 'nothing', limit: 'nothing', after: 'nothing' },
  'GET /api/v1/admin/audit/records': {
    account: 'search',
    actor: 'search',
    address: 'search',
    actor_kind: 'nothing',
    action: 'nothing',
    result: 'nothing',
    ...time,
    ...page,
  },
}

/** What stands in the paths of the API documents, after what comes before it. Ids count rows, uids are drawn by lot. */
export const PATHS: Readonly<Record<string, Decision>> = {
  'accounts/{uid}': 'nothing',
  'api_keys/{uid}': 'nothing',
  'applications/{uid}': 'nothing',
  'authorized_applications/{uid}': 'nothing',
  'audit/records/{id}': 'nothing',
  'deliveries/{id}': 'nothing',
  'documents/{id}': 'nothing',
  'events/{id}': 'nothing',
  // Of a sign-in under way, and good for nothing without the cookie of its browser.
  'interactions/{id}': 'nothing',
  // What is known of somebody is the value.
  'labels/{key}': 'nothing',
  'labels/{scope}/{key}': 'nothing',
  'passkeys/{id}': 'nothing',
  'reviews/{id}': 'nothing',
  'sessions/{id}': 'nothing',
  'webhooks/{uid}': 'nothing',
  'websites/{id}': 'nothing',
}

/** Routes that no API document has, whose path has something in it, as the router prints them. */
export const ROUTES: Readonly<Record<string, Decision>> = {
  '/*': 'nothing',
  '/account*': 'nothing',
  '/admin*': 'nothing',
  '/api/v1/*': 'nothing',
  '/api/v1/swagger_doc/:tag': 'nothing',
  '/api/v1/admin/swagger_doc/:tag': 'nothing',
  // What somebody asked another service for, as its gateway hands it on.
  '/api/v1/authorize*': 'nothing',
  '/documents/:id/file': 'nothing',
  // The local mailbox, in development only.
  '/mailbox/:id': 'nothing',
  '/mailbox/:id/html': 'nothing',
  // Of a sign-in under way, and good for nothing without the cookie of its browser.
  '/oauth/authorize/:uid': 'nothing',
  '/oauth/device/:uid': 'nothing',
  '/oauth/interaction/:id': 'nothing',
  '/oauth/interaction/:id/sign_in': 'nothing',
  '/oauth/interaction/:id/second_factor': 'nothing',
  '/oauth/interaction/:id/consent': 'nothing',
  '/oauth/interaction/:id/decline': 'nothing',
}

/** Where the sources read a query by themselves, and what of it. */
export const READ: Readonly<Record<string, Readonly<Record<string, Decision>>>> = {
  // A path of these pages, without what stands behind its `#`.
  'features/entrance/mail-routes.ts': { return_to: 'nothing' },
  'features/entrance/routes.ts': { return_to: 'nothing', signed_out: 'nothing' },
  // Tokens of mailed links, which stand behind the `#` then, and an address of one’s own to go on to.
  'features/mail-links/routes.ts': { 'link.token': 'elsewhere', REDIRECT: 'nothing' },
  // The local mailbox, in development only.
  'features/mailbox/routes.ts': { to: 'nothing' },
  'features/websites/file-routes.ts': { domain: 'nothing', v: 'nothing' },
}

/**
 * Where the sources take a whole query: those of the API documents, and
 * - 1.8’s parameters, of which with SECRETS_IN_URLS=false none counts where there is a body, nor a code or token;
 * - links to files of documents, which open nothing then (`expires`, `signature`);
 * - the engine of OAuth, which is refused hints then that are tokens or name people. What is left has no secret: `state`, `nonce` and
 *   challenges are the client’s, and a device’s `user_code` (RFC 8628, 3.3.1) asks whoever is signed in;
 * - gateways, for their `scope`, and the addresses of 1.8’s pages, which lead on to ours;
 * - the management API, which refuses any, and what looks up the verbs of a path.
 */
export const TAKEN: readonly string[] = [
  'features/audit/admin-routes.ts',
  'features/audit/user-routes.ts',
  'features/dashboard/admin-routes.ts',
  'features/deliveries/delivery-admin-routes.ts',
  'features/deliveries/event-admin-routes.ts',
  'features/directory/admin-routes.ts',
  'features/documents/file-routes.ts',
  'features/gateway/routes.ts',
  'features/key-proofs/request-names.ts',
  'features/labels/admin-routes.ts',
  'features/management/guard.ts',
  'features/management/purpose.ts',
  'features/oauth/engine-routes.ts',
  'features/reviews/admin-routes.ts',
  'features/reviews/document-routes.ts',
  'features/revocations/routes.ts',
  'platform/http/known-parameters.ts',
  'platform/http/searches.ts',
  'platform/http/storable.ts',
  'platform/http/v1-bodies.ts',
  'platform/http/wrong-verbs.ts',
  'surfaces/former-pages.ts',
]

/** Addresses of pages that have something in them. Filters of the console stand behind the `#`. */
export const PAGES: Readonly<Record<string, Decision>> = { '/admin/accounts/$uid': 'nothing' }

/** Where pages read a query or write one: where to go on to, a path of these pages. */
export const PAGE_QUERIES: readonly string[] = [
  // From links of before, out of the query.
  'admin/router.tsx',
  'admin/frame.tsx',
  'account/duty.tsx',
  'session/session.ts',
  'sign-in/main.ts',
]
