import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Row } from '../../platform/db/schema.ts'
import { fieldOf, sendPage } from '../../platform/http/pages.ts'
import { framed, mailboxPage, messagePage } from './pages.ts'
import { MailboxMessage } from './schema.ts'
import { findMailboxMessage, listMailboxMessages } from './store.ts'

/** Messages on a page, and in an answer to a script. */
const SHOWN = 200
const LISTED = 1000

const errors = defineErrors('mailbox', { notFound: [404, 'There is no such message'] })

/** The mailbox of a development server: pages for people, JSON for scripts. */
export const mailboxRoutes =
  ({ db }: Pick<Deps, 'db'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get('/', async (request, reply) => {
      const to = recipientOf(fieldOf(request.query, 'to'))
      return sendPage(request, reply, 200, mailboxPage(await listMailboxMessages(db, to, SHOWN), to))
    })
    http.get('/messages', { schema: { response: { 200: Type.Array(MailboxMessage) } } }, async (request, reply) => {
      const messages = await listMailboxMessages(db, recipientOf(fieldOf(request.query, 'to')), LISTED)
      return reply.header('cache-control', 'no-store').send(messages.map(view))
    })
    http.get('/:id', async (request, reply) =>
      sendPage(request, reply, 200, messagePage(await find(fieldOf(request.params, 'id')))),
    )
    http.get('/:id/html', async (request, reply) => {
      const { html } = await find(fieldOf(request.params, 'id'))
      // The templates style themselves; nothing else of a mail may act here.
      return reply
        .header(
          'content-security-policy',
          "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
        )
        .header('x-frame-options', 'SAMEORIGIN')
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(framed(html))
    })

    async function find(id: string): Promise<Row<'mailbox_messages'>> {
      const message = await findMailboxMessage(db, id)
      if (!message) throw errors.notFound()
      return message
    }
  }

/** Addresses are kept in lower case; a plus sign in a query arrives as a blank. */
function recipientOf(to: string): string | undefined {
  const plain = to.trim().toLowerCase()
  if (plain === '') return undefined
  return /^\d+$/.test(plain) ? `+${plain}` : plain
}

const view = ({
  message_id,
  channel,
  recipient,
  subject,
  text,
  html,
  created_at,
}: Row<'mailbox_messages'>): MailboxMessage => ({
  id: message_id,
  channel,
  to: recipient,
  subject,
  text,
  html,
  created_at,
})
