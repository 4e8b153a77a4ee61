export { cookiesOf, setCookie } from './browser-cookies.ts'
export { browserRenewal } from './browser-renewal.ts'
export {
  type BrowserNeeds,
  completeBrowserSignIn,
  isSignedIn,
  signInBrowser,
  signOutBrowser,
  whoIsSignedIn,
} from './browser-sign-in.ts'
export { passkeyPlace } from './passkey-pages.ts'
export { waysIn } from './ways-in.ts'
