import type { Deps } from '../../deps.ts'

/**
 * Wrong codes in a row that lock the account of a person who is signed in: twice what a stranger has at the sign-in,
 * since programs written for Barong 1.8.26 may send one stale code with several requests.
 */
export const guessesOf = ({ config }: Pick<Deps, 'config'>): number => 2 * config.values.MAX_LOGIN_ATTEMPTS
