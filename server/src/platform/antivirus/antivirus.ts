/** Looks through files for malware. Whatever it rejects with says that it could not look, and may be tried again. */
export interface Antivirus {
  /** The name of what it found in the content; `undefined` where there is nothing. */
  scan(content: AsyncIterable<Uint8Array>): Promise<string | undefined>
  /** What it is and how old its signatures are, in its own words; rejects when it does not answer. */
  version(): Promise<string>
}
