export { refuseEndpoint, refuseUnknownEndpoint, requireSigners, takeEnvelopes } from './guard.ts'
export { cleanNonces } from './replays.ts'
