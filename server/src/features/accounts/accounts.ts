export {
  changeRole,
  changeState,
  createConfirmedAccount,
  discardAccount,
  liftLock,
  readAccount,
  restoreAccount,
  setPassword,
  signEverybodyOut,
  signOutEverywhere,
} from './administration.ts'
export { type Asking, lockCaller, refuseEnded } from './callers.ts'
export { confirm, remindToConfirm, resendConfirmation } from './confirmation.ts'
export { isEmail, normalizeEmail } from './email.ts'
export {
  cancelEmailChange,
  cleanEmailChanges,
  confirmEmailChange,
  readEmailChange,
  requestEmailChange,
} from './email-change.ts'
export { freeze } from './freezing.ts'
export { inHidingTime } from './hiding.ts'
export { countFailure, forgetFailures, isLocked, noteFailure, resendUnlock, unlock } from './lockout.ts'
export { insertMovedAccount, isBcryptHash } from './moving-in.ts'
export {
  beginPasswordReset,
  changePassword,
  lockProvenAccount,
  requestPasswordReset,
  requirePassword,
  resetPassword,
} from './password.ts'
export { passwordErrors, passwordHints, placeWords } from './password-policy.ts'
export { rememberReader } from './reader.ts'
export { endAccess, endAccessUntold, endSessions } from './session-end.ts'
export { createAccount, signUp } from './sign-up.ts'
export { frozenBy, isBarred, isUnconfirmed } from './standing.ts'
export { findAccountByEmail, findAccountByUid, findAnyAccount } from './store.ts'
