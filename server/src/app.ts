import Fastify, { type FastifyInstance, LogController } from 'fastify'
import type { Deps } from './deps.ts'
import { createEngine } from './features/oauth/engine.ts'
import { openWebsites } from './features/websites/websites.ts'
import { uuid } from './lib/ids.ts'
import { noteWhoActs } from './platform/http/acting.ts'
import { BODY_LIMIT } from './platform/http/body-limits.ts'
import { answerClientErrors } from './platform/http/client-errors.ts'
import { compileWhenNeeded } from './platform/http/compilers.ts'
import { putCorsHeaders } from './platform/http/cors.ts'
import { countRequests } from './platform/http/observing.ts'
import { boundBodies } from './platform/http/open-bodies.ts'
import { canonicalUrl } from './platform/http/paths.ts'
import { namePlugins } from './platform/http/plugin-names.ts'
import { sendJson } from './platform/http/replies.ts'
import { logWhenNeeded } from './platform/http/request-log.ts'
import { baseHeaders, secureAnswers } from './platform/http/security-headers.ts'
import { adminApi } from './surfaces/admin-api.ts'
import { files } from './surfaces/files.ts'
import { frameOf } from './surfaces/frame.ts'
import { health } from './surfaces/health.ts'
import { managementApi } from './surfaces/management-api.ts'
import { oauth } from './surfaces/oauth.ts'
import { operation, sharesPort } from './surfaces/operation.ts'
import { corsSettingsOf, userApi } from './surfaces/user-api.ts'
import { web } from './surfaces/web.ts'
import { webApp } from './surfaces/web-app.ts'

const HEALTH = '/health'
/** More than the head of a request may have, so that none is refused for one part of its path. */
const MAX_PATH_PART = 16 * 1024

/** The whole server, ready to listen or to be called in tests. */
export async function buildApp(deps: Deps): Promise<FastifyInstance> {
  const proxies = deps.config.values.BARONG_TRUSTED_PROXIES
  const http = Fastify({
    loggerInstance: logWhenNeeded(deps.log),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: uuid,
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    bodyLimit: BODY_LIMIT,
    connectionTimeout: 60_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PATH_PART },
    rewriteUrl: (request) => canonicalUrl(request.url ?? '/'),
    clientErrorHandler: answerClientErrors,
    frameworkErrors: (_error, request, reply) => {
      reply.headers({ ...baseHeaders(deps.config), 'x-request-id': request.id })
      if (/^\/api\/v1(?=[/?]|$)/.test(request.url)) putCorsHeaders(corsSettingsOf(deps), request, reply)
      sendJson(reply, 400, { error: 'The request is not valid HTTP' })
    },
  })
  namePlugins(http)
  http.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  secureAnswers(http, deps.config)
  compileWhenNeeded(http)
  http.addHook('onRequest', (request, _reply, done) => {
    // A process whose database says nothing is alive, and must not be ended for it.
    const behind = request.routeOptions.url?.startsWith(`${HEALTH}/`) ? undefined : deps.keys.catchUp()
    if (behind) behind.then(() => done())
    else done()
  })
  boundBodies(http, deps)
  countRequests(http, deps.metrics)
  if (deps.tracing) (await import('./platform/http/tracing.ts')).traceRequests(http, deps.tracing)
  noteWhoActs(http, deps)
  const websites = await openWebsites(deps)
  const frame = frameOf(deps.config, websites.findSite)
  const engine = createEngine(deps, frame)
  await http.register(userApi(deps, engine, websites), { prefix: '/api/v1' })
  await http.register(adminApi(deps, websites), { prefix: '/api/v1/admin' })
  await http.register(managementApi(deps), { prefix: '/management_api/v1' })
  await http.register(oauth(deps, engine, frame))
  await http.register(health(deps), { prefix: HEALTH })
  if (sharesPort(deps.config)) await http.register(operation(deps))
  await http.register(files(deps))
  await http.register(webApp(deps, websites.findSite))
  await http.register(web(deps, websites))
  await http.ready()
  return http
}

/** What operators' tools read by itself, for a port of its own. */
export async function buildOperationApp(deps: Deps): Promise<FastifyInstance> {
  const http = Fastify({ forceCloseConnections: true })
  secureAnswers(http, deps.config)
  await http.register(operation(deps))
  await http.ready()
  return http
}
