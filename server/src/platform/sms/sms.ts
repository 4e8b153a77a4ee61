/** A text message. `id` names it for good: it stays the same when the message is sent again. */
export interface Sms {
  id: string
  /** E.164 with the leading `+`. */
  to: string
  text: string
}

/**
 * Hands a message over; resolves only when it was accepted. A rejection with {@link SmsRefused} is final, any other one is
 * worth a retry. No error carries the number or the text.
 */
export interface SmsTransport extends AsyncDisposable {
  send(sms: Sms): Promise<void>
}

/** The provider will never deliver this message, e.g. because there is no such number: a retry would end the same way. */
export class SmsRefused extends Error {
  override readonly name = 'SmsRefused'
}
