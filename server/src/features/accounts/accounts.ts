export {
  changeRole,
  createConfirmedAccount,
  discardAccount,
  liftLock,
  ROLES,
  readAccount,
  restoreAccount,
  setPassword,
} from './administration.ts'
export { confirm, resendConfirmation } from './confirmation.ts'
export { isEmail, normalizeEmail } from './email.ts'
export { countFailure, forgetFailures, isLocked, noteFailure, resendUnlock, unlock } from './lockout.ts'
export { changePassword, requestPasswordReset, resetPassword } from './password.ts'
export { passwordErrors, passwordHints } from './password-policy.ts'
export { signUp } from './sign-up.ts'
export { isBarred } from './standing.ts'
export { findAccountByEmail, findAccountByUid, findAnyAccount } from './store.ts'
