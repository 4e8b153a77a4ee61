import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

/** What the OpenAPI document of a surface says besides its operations. */
export interface Description {
  title: string
  version: string
  description: string
  tags: { name: string; description: string }[]
}

/** Collects the routes registered on `http` afterwards into an OpenAPI 3.1 document, read with `http.swagger()`. */
export async function describeInOpenApi(http: FastifyInstance, { tags, ...info }: Description): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { ...info, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/' }],
      tags,
      components: {
        securitySchemes: {
          BearerToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'A token of `POST /api/v1/sessions`.',
          },
        },
      },
    },
  })
}
