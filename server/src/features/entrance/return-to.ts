/** Where the pages of an account are. */
const HOME = '/account'

/** A place on this server to go on to; anything else is the account's home. */
export function returnTo(asked: string): string {
  const isPath = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(asked)
  return isPath && /^\/(account|admin|oauth)([/?]|$)/.test(asked) ? asked : HOME
}

/** A page of the way in, which hands on where one wanted to go. */
export const handingOn = (path: string, asked: string): string => {
  const target = returnTo(asked)
  return target === HOME ? path : `${path}?return_to=${encodeURIComponent(target)}`
}

/** Where one signs in: at the application's own page where one came from there, so that it goes on to the application. */
export const signInFrom = (asked: string): string =>
  asked.startsWith('/oauth/interaction/') && returnTo(asked) === asked ? asked : handingOn('/sign-in', asked)
