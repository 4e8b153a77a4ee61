import type { TestServer } from './server.ts'

/** The subjects of the mails sent so far, once what waits is delivered. */
export async function subjects(server: TestServer): Promise<string[]> {
  await server.deliver()
  return server.mails.map(({ subject }) => subject)
}

/** The token of the link in the last mail that was sent to the address. */
export async function mailedToken(server: TestServer, to: string): Promise<string> {
  await server.deliver()
  const mail = server.mails.findLast((sent) => sent.to === to)
  return /_token=([\w-]+)/.exec(mail?.text ?? '')?.[1] ?? ''
}
