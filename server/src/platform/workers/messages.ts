/** What a worker tells its supervisor when it serves. */
export const READY = 'barong:ready'
/** What a worker is told when another one has taken its place. */
export const RETIRE = 'barong:retire'
