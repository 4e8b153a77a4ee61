/** Milliseconds to wait before attempt number `attempts + 1`: grows by `factor` from `first` to `most`, and up to a fifth more at random so that failures do not march in step. */
export const backOff = (attempts: number, first: number, factor: number, most: number): number =>
  Math.round(Math.min(most, first * factor ** Math.min(attempts - 1, 30)) * (1 + Math.random() / 5))
