import type { FastifyInstance, FastifyReply } from 'fastify'
import { Refusal } from '../../lib/errors.ts'
import { fieldOf, sendPage } from '../../platform/http/pages.ts'
import {
  type BrowserNeeds,
  completeBrowserSignIn,
  cookiesOf,
  isSignedIn,
  setCookie,
  signInBrowser,
  signOutBrowser,
} from '../oauth/oauth.ts'
import { type Fault, orAgain } from './form-routes.ts'
import { mailRoutes, signUpRoutes } from './mail-routes.ts'
import { secondFactorPage, signInPage } from './pages.ts'
import { returnTo } from './return-to.ts'

/** Signing up, in and out, and the mails one asks for, as pages that need no script. */
export const entranceRoutes =
  (needs: BrowserNeeds) =>
  async (http: FastifyInstance): Promise<void> => {
    const goOn = (reply: FastifyReply, return_to: string) => reply.redirect(returnTo(return_to), 303)
    http.get('/sign-in', async (request, reply) => {
      const return_to = fieldOf(request.query, 'return_to')
      if (await isSignedIn(needs, cookiesOf(needs, request))) return goOn(reply, return_to)
      const signedOut = fieldOf(request.query, 'signed_out') !== ''
      return sendPage(request, reply, 200, signInPage({ return_to }, signedOut))
    })
    http.post('/sign-in', async (request, reply) => {
      const [email, password] = [fieldOf(request.body, 'email'), fieldOf(request.body, 'password')]
      const return_to = fieldOf(request.body, 'return_to')
      const page = (faults: Fault[]) => signInPage({ email, return_to, faults })
      return orAgain(request, reply, page, async () => {
        const outcome = await signInBrowser(needs, cookiesOf(needs, request), { email, password })
        if ('session' in outcome) {
          setCookie(needs, reply, 'session', outcome.session)
          return goOn(reply, return_to)
        }
        setCookie(needs, reply, 'pending', outcome.pending)
        return reply.redirect(`/sign-in/second-factor?return_to=${encodeURIComponent(returnTo(return_to))}`, 303)
      })
    })
    http.get('/sign-in/second-factor', async (request, reply) => {
      const return_to = fieldOf(request.query, 'return_to')
      return cookiesOf(needs, request).pending === undefined
        ? reply.redirect(signInAt(return_to), 303)
        : sendPage(request, reply, 200, secondFactorPage(return_to))
    })
    http.post('/sign-in/second-factor', async (request, reply) => {
      const return_to = fieldOf(request.body, 'return_to')
      const page = (faults: Fault[]) => secondFactorPage(return_to, faults)
      return orAgain(request, reply, page, async () => {
        try {
          const session = await completeBrowserSignIn(needs, cookiesOf(needs, request), fieldOf(request.body, 'code'))
          setCookie(needs, reply, 'session', session)
        } catch (error) {
          // The password was given too long ago, or is another one by now.
          if (error instanceof Refusal && error.status === 409) return reply.redirect(signInAt(return_to), 303)
          throw error
        }
        setCookie(needs, reply, 'pending')
        return goOn(reply, return_to)
      })
    })
    http.post('/sign-out', async (request, reply) => {
      await signOutBrowser(needs, cookiesOf(needs, request))
      setCookie(needs, reply, 'session')
      return reply.redirect('/sign-in?signed_out=yes', 303)
    })
    await http.register(signUpRoutes(needs))
    await http.register(mailRoutes(needs))
  }

/** Where one signs in, to go on as one wanted to. */
const signInAt = (return_to: string): string =>
  return_to === '' ? '/sign-in' : `/sign-in?return_to=${encodeURIComponent(returnTo(return_to))}`
