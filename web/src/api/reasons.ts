/** Why documents were not enough. */
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
] as const
export type Reason = (typeof REASONS)[number]

/** The reason of that name; a newer server may tell of others. */
export const reasonOf = (name: string): Reason => REASONS.find((reason) => reason === name) ?? 'other'
