import { defineErrors } from '../../lib/errors.ts'

const TEXT = 'Failed to verify JWT.'

/** Why a request is not believed. Clients are told one text, as of 1.8.26; the codes are for the log and the audit log. */
export const unverified = defineErrors('management', {
  notConfigured: [401, TEXT],
  noEnvelope: [401, TEXT],
  wrongSignature: [401, TEXT],
  unknownSigners: [401, TEXT],
  exp: [401, TEXT],
  nbf: [401, TEXT],
  iat: [401, TEXT],
  jti: [401, TEXT],
  iss: [401, TEXT],
  aud: [401, TEXT],
  sub: [401, TEXT],
  htm: [401, TEXT],
  htu: [401, TEXT],
  usedBefore: [401, TEXT],
})
