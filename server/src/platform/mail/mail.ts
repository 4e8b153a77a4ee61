/** A mail ready to go. `id` names this mail for good: it stays the same when the mail is sent again. */
export interface Mail {
  id: string
  from: string
  /** Where answers go, when it is said. */
  reply_to?: string
  to: string
  subject: string
  html: string
  text: string
}

/**
 * Hands a mail over; resolves only when it was accepted; rejects when it may be tried again.
 * A rejection with {@link MailRefused} is final, any other one is worth a retry. Disposal waits for mails under way.
 */
export interface MailTransport extends AsyncDisposable {
  send(mail: Mail): Promise<void>
}

/** The receiving side refused this mail for good, e.g. its mailbox does not exist: a retry would end the same way. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused'
}
