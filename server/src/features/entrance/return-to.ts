/** Where the pages of an account are. */
const HOME = '/account'

/** A place on this server to go on to; anything else is the account's home. */
export function returnTo(asked: string): string {
  const isPath = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(asked)
  return isPath && /^\/(account|admin|oauth)([/?]|$)/.test(asked) ? asked : HOME
}
