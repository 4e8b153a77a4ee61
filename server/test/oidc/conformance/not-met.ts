/** Modules of the suite that do not pass or do not apply, and why. */
export const notMet: Readonly<Record<string, string>> = {
  'fapi2-security-profile-final-refresh-token':
    'wants the former refresh token to work again after half a minute; here its return ends the family, as RFC 9700, section 4.14.2, has it',
  'fapi1-advanced-final-refresh-token':
    'its tokens are bound to certificates (mTLS), which are not offered; here DPoP binds them',
}
