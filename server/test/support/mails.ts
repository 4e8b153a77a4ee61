import type { Mail } from '../../src/platform/mail/mail.ts'
import type { TestServer } from './server.ts'

/** Delivers, and returns the mails that went to the address since the test began, oldest first. */
export async function mailsTo(server: TestServer, address: string): Promise<Mail[]> {
  await server.deliver()
  return server.mails.filter((mail) => mail.to === address)
}

/** The token in the link of the newest mail to the address. */
export async function mailedToken(server: TestServer, address: string): Promise<string> {
  const mail = (await mailsTo(server, address)).at(-1)
  const token = /_token=([\w-]+)/.exec(mail?.text ?? '')?.[1]
  if (token === undefined) throw new Error(`No mail to ${address} carries a token.`)
  return token
}

/** Names of the events about the account that were delivered since the test began, oldest first. */
export async function eventsOf(server: TestServer, account: { id: number }): Promise<string[]> {
  await server.deliver()
  return server.events.filter((event) => event.account_id === account.id).map((event) => event.name)
}
