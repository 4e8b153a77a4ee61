export { usedCode, verifyCode } from './codes.ts'
export { enableTwoFactor, startEnrolment } from './enrolment.ts'
export { reauthenticate } from './reauthentication.ts'
export {
  consumeSecondFactor,
  countRecoveryCodes,
  countRecoveryCodesOf,
  makeRecoveryCodes,
  readCode,
  type ShownCode,
} from './recovery-codes.ts'
export { disableTwoFactor, removeTwoFactor } from './removal.ts'
export { moveSecretsIn, openSecrets } from './secrets.ts'
