/** Where the engine answers; `/oauth/authorize`, `/oauth/token` and `/oauth/revoke` as in Barong 1.8. */
export const ROUTES = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/discovery/keys',
  pushed_authorization_request: '/oauth/par',
  device_authorization: '/oauth/device_authorization',
  code_verification: '/oauth/device',
  end_session: '/oauth/sign_out',
}

/** The resource (RFC 8707) that the user API is. */
export const userApi = ({ url }: { url: string }): string => `${url}/api/v1`
