import type { FastifyInstance } from 'fastify'
import { fieldOf, sendPage } from '../../platform/http/pages.ts'
import { passwordHints, requestPasswordReset, resendConfirmation, resendUnlock, signUp } from '../accounts/accounts.ts'
import type { BrowserNeeds } from '../oauth/oauth.ts'
import { type Fault, orAgain } from './form-routes.ts'
import { type MailRequest, mailPage, sentPage, signUpPage } from './pages.ts'

/** Making an account. */
export const signUpRoutes =
  (needs: BrowserNeeds) =>
  async (http: FastifyInstance): Promise<void> => {
    const hints = passwordHints(needs.config.values.BARONG_PASSWORD_POLICY)
    http.get('/sign-up', async (request, reply) =>
      sendPage(request, reply, 200, signUpPage(hints, { return_to: fieldOf(request.query, 'return_to') })),
    )
    http.post('/sign-up', async (request, reply) => {
      const [email, password] = [fieldOf(request.body, 'email'), fieldOf(request.body, 'password')]
      const return_to = fieldOf(request.body, 'return_to')
      const page = (faults: Fault[]) => signUpPage(hints, { email, return_to, faults })
      return orAgain(request, reply, page, async () => {
        await signUp(needs, { email, password })
        return sendPage(request, reply, 200, sentPage(email, '/send-confirmation', return_to))
      })
    })
  }

const REQUESTS: readonly (MailRequest & { send: (needs: BrowserNeeds, email: string) => Promise<void> })[] = [
  {
    path: '/forgotten-password',
    title: 'Forgotten your password?',
    text: 'We mail you a link to choose a new one.',
    button: 'Send the link',
    send: requestPasswordReset,
  },
  {
    path: '/send-confirmation',
    title: 'No confirmation mail?',
    text: 'We send it again.',
    button: 'Send the mail again',
    send: resendConfirmation,
  },
  {
    path: '/send-unlock',
    title: 'Account locked?',
    text: 'We mail you a link to unlock it.',
    button: 'Send the link',
    send: resendUnlock,
  },
]

/** Asking for a mail. */
export const mailRoutes =
  (needs: BrowserNeeds) =>
  async (http: FastifyInstance): Promise<void> => {
    for (const ask of REQUESTS) {
      http.get(ask.path, async (request, reply) =>
        sendPage(request, reply, 200, mailPage(ask, { return_to: fieldOf(request.query, 'return_to') })),
      )
      http.post(ask.path, async (request, reply) => {
        const email = fieldOf(request.body, 'email')
        const return_to = fieldOf(request.body, 'return_to')
        const page = (faults: Fault[]) => mailPage(ask, { email, return_to, faults })
        return orAgain(request, reply, page, async () => {
          await ask.send(needs, email)
          return sendPage(request, reply, 200, sentPage(email, ask.path, return_to))
        })
      })
    }
  }
