/** What a number may be. */
interface Bounds {
  least: number
  most: number
}

/** Refuses a setting that is no number within its bounds: `NaN` would let pass whatever is compared with it. */
export function assertWithin(name: string, value: number, { least, most }: Bounds): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  throw new RangeError(`${name} must be a number from ${least} to ${most}, not ${String(value)}`)
}
