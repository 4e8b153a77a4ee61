/** An import that cannot go on; its message is a sentence for the person at the terminal. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
}
