/** Every way to a token an application can be given, by the name OAuth has for it (RFC 6749, RFC 8628). */
export const GRANTS = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
] as const
