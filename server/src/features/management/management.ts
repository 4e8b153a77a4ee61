export { logRefusals, refuseEndpoint, refuseUnknownEndpoint, requireSigners, takeEnvelopes } from './guard.ts'
export { cleanManagementNonces } from './replays.ts'
