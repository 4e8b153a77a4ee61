import { type Static, Type } from 'typebox'

/** A message that would have left. */
export const MailboxMessage = Type.Object({
  id: Type.String({ description: 'The same at every attempt to deliver' }),
  channel: Type.String({ description: 'mail or sms' }),
  to: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  html: Type.String(),
  created_at: Type.String(),
})
export type MailboxMessage = Static<typeof MailboxMessage>
