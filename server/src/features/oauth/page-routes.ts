import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerOf } from '../../lib/errors.ts'
import { noteCause } from '../../platform/http/error-replies.ts'
import { fieldOf, type Page, sendPage } from '../../platform/http/pages.ts'
import { formTargetOf } from './answers.ts'
import { setCookie } from './browser-cookies.ts'
import { type Engine, exchangeOf } from './engine.ts'
import { type SignInProgress, submitPassword, submitSecondFactor } from './interaction-sign-in.ts'
import {
  consent,
  decline,
  type Exchange,
  goOnAfterDuty,
  type Interaction,
  type InteractionNeeds,
  readInteraction,
} from './interactions.ts'
import { consentPage, dutyPage, problemPage, secondFactorPage, signInPage } from './pages.ts'

/** Returns where the browser goes on, and how it is signed in from now on; nothing where it goes on at this page. */
type Step = (exchange: Exchange, csrf_token: string, form: unknown) => Promise<Partial<SignInProgress> | undefined>

/** The steps of signing in and consenting as pages that need no script. */
export const interactionPageRoutes =
  (needs: InteractionNeeds, engine: Engine) =>
  async (http: FastifyInstance): Promise<void> => {
    const exchangeFor = (request: FastifyRequest, reply: FastifyReply) =>
      exchangeOf(engine, request.raw, reply.raw, fieldOf(request.params, 'id'))
    const take = (path: string, step: Step) =>
      http.post(`/oauth/interaction/:id/${path}`, async (request, reply) => {
        const exchange = exchangeFor(request, reply)
        try {
          const { redirect_to = `/oauth/interaction/${exchange.id}`, session } =
            (await step(exchange, fieldOf(request.body, 'csrf_token'), request.body)) ?? {}
          if (session) setCookie(needs, reply, 'session', session)
          return reply.code(303).header('location', redirect_to).send()
        } catch (error) {
          return again(needs, exchange, request, reply, error)
        }
      })
    http.get('/oauth/interaction/:id', async (request, reply) => {
      const exchange = exchangeFor(request, reply)
      try {
        const onward = await goOnAfterDuty(needs, exchange)
        if (onward !== undefined) return reply.redirect(onward, 303)
        const interaction = await readInteraction(needs, exchange)
        return sendStep(request, reply, 200, interaction, pageOf(interaction))
      } catch (error) {
        return again(needs, exchange, request, reply, error)
      }
    })
    take('sign_in', (exchange, csrf_token, form) =>
      submitPassword(needs, exchange, csrf_token, {
        email: fieldOf(form, 'email'),
        password: fieldOf(form, 'password'),
      }),
    )
    take('second_factor', (exchange, csrf_token, form) =>
      submitSecondFactor(needs, exchange, csrf_token, fieldOf(form, 'code')),
    )
    take('consent', async (exchange, csrf_token) => ({ redirect_to: await consent(needs, exchange, csrf_token) }))
    take('decline', async (exchange, csrf_token) => ({ redirect_to: await decline(needs, exchange, csrf_token) }))
  }

/** The page of the present step once more, with what was wrong. */
async function again(
  needs: InteractionNeeds,
  exchange: Exchange,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
) {
  const refusal = answerOf(error)
  if (!refusal) throw error
  const { status, code, message, headers } = refusal
  if (refusal.cause) noteCause(request, refusal)
  if (status === 404) return sendPage(request, reply, 404, problemPage('This sign-in is over', message))
  const interaction = await readInteraction(needs, exchange)
  const page = pageOf(interaction, message, fieldOf(request.body, 'email'))
  // 401 would need a challenge, and 403 would say that trying again does not help. What asks for patience is told as such.
  const isTold = code.startsWith('interactions.') || status === 429 || status >= 500
  return sendStep(request, reply.headers(headers), isTold ? status : 422, interaction, page)
}

function pageOf(interaction: Interaction, problem?: string, email?: string): Page {
  if (interaction.step === 'consent') return consentPage(interaction, problem)
  if (interaction.step === 'required_action') return dutyPage(interaction)
  if (interaction.step === 'second_factor') return secondFactorPage(interaction, problem)
  return signInPage(interaction, { problem, email })
}

/** Browsers apply `form-action` to where a form is redirected as well, which here is the application in the end. */
function sendStep(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  { redirect_uri }: Interaction,
  page: Page,
) {
  if (redirect_uri !== null) {
    const policy = String(reply.getHeader('content-security-policy') ?? '')
    const targets = `form-action 'self' ${formTargetOf(redirect_uri)}`
    reply.header('content-security-policy', policy.replace("form-action 'self'", targets))
  }
  return sendPage(request, reply, status, page)
}
