/** Why documents are not enough, and whether somebody refused for it may try again unless the officer says otherwise. */
export const reasonCodes = {
  document_unreadable: 'retry',
  document_expired: 'retry',
  document_type_not_accepted: 'retry',
  document_incomplete: 'retry',
  data_mismatch: 'retry',
  underage: 'final',
  forged_or_altered: 'final',
  duplicate_account: 'final',
  face_missing: 'retry',
  country_not_served: 'final',
  other: 'retry',
} as const

export const REASONS = [
  'document_unreadable',
  'document_expired',
  'document_type_not_accepted',
  'document_incomplete',
  'data_mismatch',
  'underage',
  'forged_or_altered',
  'duplicate_account',
  'face_missing',
  'country_not_served',
  'other',
] as const satisfies readonly (keyof typeof reasonCodes)[]
